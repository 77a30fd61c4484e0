"""How an answer becomes a stream of frames, in the platform's dialects of July and October 2026.

Pure: an answer and the armed behaviours go in, frames come out. A frame says how long the platform
waits before it; who sends it, and whether anybody still listens, is not known here.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.sandbox.ondemand.catalog import Plugin

Behaviours = Mapping[str, Mapping[str, Any]]

DONE = "[DONE]"
_FIRST_WORD, _EACH_WORD, _EACH_TOOL = 0.8, 0.03, 0.7  # seconds, at pace 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer has something from."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says in one turn."""

    text: str
    thinking: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    #: What the assistant asks back; there is no text then.
    clarification: tuple[str, ...] = ()
    #: Real seconds before the first word and before each other; None: the platform's own, at its
    #: pace.
    first_delay: float | None = None
    word_delay: float | None = None
    #: The turn fails with this sentence, after the text.
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of the stream, before it gets its ids and its index."""

    #: `message`, `thinking`, `agent` or `heartbeat`; empty for what happens and is never told.
    channel: str
    #: The `eventType`; a heartbeat has none.
    kind: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    after: float = 0.0  # seconds
    #: What it adds to the answer.
    adds: str = ""
    #: The data itself, where it is no JSON object: the end of a stream, or nonsense.
    raw: str | None = None
    fails: bool = False


def script(
    answer: Answer, tools: Sequence[Plugin], behaviours: Behaviours, pace: float
) -> list[Frame]:
    """Return every frame of a turn, in order; the last one ends it."""
    frames = [*_opening(answer, tools, behaviours, pace), *_body(answer, behaviours, pace)]
    if frames[-1].fails:
        return frames
    return [*frames, *_closing(answer, behaviours), Frame("message", raw=DONE)]


def _opening(
    answer: Answer, tools: Sequence[Plugin], behaviours: Behaviours, pace: float
) -> Iterator[Frame]:
    july = "july" in behaviours
    if not july or "heartbeats_around" in behaviours:
        yield Frame("heartbeat")
    if silence := behaviours.get("long_silence"):
        for _ in range(round(silence["seconds"] / silence["every"])):
            yield Frame("heartbeat", after=silence["every"])
    yield from (_july_tools if july else _october_tools)(tools, _EACH_TOOL * pace)
    for thought in answer.thinking:
        yield _thinking("fulfillment_thinking", thought)
    if "thinking_as_list" in behaviours:
        yield Frame("thinking", "fulfillment_thinking", {"thinking": [{"delta": "An odd frame."}]})
    if "bad_frame" in behaviours:
        yield Frame("message", raw='{"eventType":"fulfillment","answer":"cut o')
    if "agent_events" in behaviours:
        yield Frame("agent", "ondemand_agent.sandbox_created", {"data": {"sandboxId": "1"}})
        yield Frame("agent", "ondemand_agent.tool_call", {"data": {"name": "shell"}})
    sources = answer.sources
    if "plugin_sources" in behaviours and not sources:
        sources = (Source("An example", "https://example.org/source"),)
    if sources:
        yield _told(sources, next((tool for tool in tools if tool.searches), None))
    if july:
        yield _status("fulfilling", "Fulfilling the prompt...")


def _july_tools(tools: Sequence[Plugin], each: float) -> Iterator[Frame]:
    if tools:
        ran = [{"agentId": f"agent-{t.number}", "name": t.name, "statusCode": 200} for t in tools]
        yield _status("initializing", "Initializing...")
        yield _status(
            "agents_retrieved", "Agents retrieved", retrievedAgents=[t.name for t in tools]
        )
        yield _status("executing", "Executing agents...")
        done = _status("execution_completed", "Execution completed", executedAgents=ran)
        yield replace(done, after=each * len(tools))


def _october_tools(tools: Sequence[Plugin], each: float) -> Iterator[Frame]:
    if tools:
        plan = json.dumps({"objective": "Answer with the tools given", "steps": len(tools)})
        yield _thinking("planning_thinking", "I look at the tools I was given.")
        # The plan is one JSON text, told in pieces.
        for piece in (plan[:12], plan[12:]):
            yield Frame("thinking", "planning_output", {"output": {"delta": piece}})
    for step, tool in enumerate(tools, 1):
        call = {"plugins": [{"pluginId": f"plugin-{tool.number}", "name": tool.name}]}
        yield _thinking("step_thinking", f"I ask {tool.name}.", stepId=step)
        told = {"stepId": step, "output": {"delta": json.dumps(call)}}
        yield Frame("thinking", "step_output", told, after=each)


def _body(answer: Answer, behaviours: Behaviours, pace: float) -> Iterator[Frame]:
    first = _FIRST_WORD * pace if answer.first_delay is None else answer.first_delay
    each = _EACH_WORD * pace if answer.word_delay is None else answer.word_delay
    queries = list(answer.clarification)
    if (asked := behaviours.get("clarification")) is not None:
        queries = asked["queries"] or ["Which one do you mean?"]
    if queries:
        yield Frame(
            "message",
            "clarification_request",
            {"clarificationRequest": {"queries": queries}},
            after=first,
        )
        return
    pieces = words(answer.text)
    if dominated := behaviours.get("thinking_dominated"):
        for number in range(dominated["frames"]):
            yield _thinking("fulfillment_thinking", f"Thought {number + 1}. ")
        half = len(answer.text) // 2
        pieces = [piece for piece in (answer.text[:half], answer.text[half:]) if piece]
    failing = behaviours.get("error_mid_answer")
    if failing is not None:
        pieces = pieces[: failing["words"]]
    for piece in pieces:
        channel = "" if "no_fulfillment" in behaviours else "message"
        yield Frame(channel, "fulfillment", {"answer": piece}, after=first, adds=piece)
        first = each
    if failing is not None:
        yield _failure(failing)
    elif answer.failure is not None:
        yield _failure({"colon": True, "agents": None, "text": None}, answer.failure)


def _closing(answer: Answer, behaviours: Behaviours) -> Iterator[Frame]:
    if "july" in behaviours:
        whole = "" if answer.clarification or "clarification" in behaviours else answer.text
        yield _status("fulfillment_completed", "Fulfillment completed", answer=whole)
    else:
        # In October the model was seen to go on thinking after its last word.
        yield _thinking("fulfillment_thinking", "")
    yield Frame("message", "metricsLog", {"publicMetrics": metrics(answer.text)})
    if "july" in behaviours or "heartbeats_around" in behaviours:
        yield Frame("heartbeat")


def _failure(failing: Mapping[str, Any], message: str = "The model call failed") -> Frame:
    body: dict[str, Any] = {"message": message, "errorCode": "model_error"}
    if failing["agents"]:
        body["details"] = {"inactiveAgentIds": failing["agents"]}
    text = failing["text"] or json.dumps(body, separators=(",", ":"))
    return Frame("message", raw=f"[ERROR]{':' if failing['colon'] else ''}{text}", fails=True)


def _thinking(kind: str, delta: str, **more: Any) -> Frame:
    return Frame("thinking", kind, {**more, "thinking": {"delta": delta}})


def _status(kind: str, message: str, **more: Any) -> Frame:
    return Frame("message", "statusLog", status_log(kind, message, **more))


def status_log(kind: str, message: str, **more: Any) -> dict[str, Any]:
    """Return the payload of a status log; its time is set when it is sent."""
    return {"currentStatusLog": {"statusType": kind, "statusMessage": message, **more}}


def _told(sources: Sequence[Source], tool: Plugin | None) -> Frame:
    items = [
        {"title": s.title, "url": s.url, "domain": s.url.split("/")[2], "imageUrl": ""}
        for s in sources
    ]
    number, name = (tool.number, tool.name) if tool else ("1722260873", "Perplexity")
    found = {"pluginId": f"plugin-{number}", "pluginName": name, "items": items}
    return Frame(
        "message", "plugin_sources", {"stepId": 1, "stepTitle": "Search", "sources": found}
    )


def words(text: str) -> list[str]:
    """Return the text in pieces, about a word each; joined they are the text again."""
    return re.findall(r"\s*\S{1,24}\s*|\s+", text)


def metrics(text: str) -> dict[str, float]:
    """Return what a turn used; a word counts as a token."""
    out = len(words(text))
    spent = {"inputTokens": 1012, "outputTokens": out, "totalTokens": 1012 + out}
    return {**spent, "ragTimeSec": 0, "fulfillmentTimeSec": 1.2, "totalTimeSec": 1.2}


def adapted(answer: Answer, behaviours: Behaviours) -> Answer:
    """Return the answer the armed behaviours turn this one into."""
    if "tool_fails" in behaviours:
        return replace(answer, text="I could not finish: the tool says *Not enough credits*.")
    if "done_inside_answer" in behaviours:
        return replace(answer, text=f"{answer.text}\n\ndata:[DONE]\n\nThat line was text.")
    return answer
