"""What a streamed answer consists of, and how a frame becomes an event.

Only `Delta` is answer. All else is about the answer, and all of it is optional: the platform
sent `statusLog` frames with everything in July 2026, and none at all in October.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.ondemand.loose import first_text, items, mapping, mended, number, raw_text, text
from bot.ondemand.models import Plugin, Usage
from bot.ondemand.sse import Frame


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer, to be appended in the order of arrival. Never empty."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Status:
    """What is being done: a step of the plan, a plugin at work, the history summarised."""

    #: `statusType`, such as `executing` or `fulfilling`; or the `ondemand_agent.…` event.
    kind: str
    message: str = field(default="", repr=False)
    #: The whole answer, with `fulfillment_completed` only. Never append it to the deltas.
    answer: str = field(default="", repr=False)
    #: The plugins that have worked, with `execution_completed` (observed live, 2026-07).
    plugins: tuple[Plugin, ...] = ()


@dataclass(frozen=True, slots=True)
class Thinking:
    """A piece of the model's reasoning. Not for people's eyes unless they ask."""

    #: `planning_thinking`, `step_thinking` or `fulfillment_thinking`.
    phase: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A page the answer rests on."""

    title: str = field(repr=False)
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sources:
    """What one plugin found. Ends the step in which it worked (observed live, 2026-10)."""

    plugin: str
    items: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Called:
    """Plugins that a step called (observed live, 2026-07 and 2026-10). They may fail yet."""

    plugins: tuple[Plugin, ...]


@dataclass(frozen=True, slots=True)
class Clarification:
    """The assistant asks back. There may be no answer in this turn."""

    questions: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """The end mark came: the answer is whole.

    The text is all deltas together, or, where there were none, the answer of the last status.
    It may still be empty; then the message itself (`recover()`) may know more.
    """

    text: str = field(repr=False)
    message_id: str | None = None
    usage: Usage | None = None
    #: Frames that were not understood and left out.
    skipped: int = 0


Event = Delta | Status | Thinking | Sources | Called | Clarification | Usage | Finished


@dataclass(frozen=True, slots=True)
class Quiet:
    """A frame understood to say nothing: a heartbeat, an empty delta, pieces of a plan."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the calls that a step makes: all pieces together are JSON."""

    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A frame that reports a failure in its own words, without the `[ERROR]` sentinel."""


QUIET = Quiet()
TROUBLE = Trouble()

_THINKING = frozenset({"planning_thinking", "step_thinking", "fulfillment_thinking"})


def read_event(frame: Frame) -> Event | Piece | Quiet | Trouble | None:
    """The event a frame stands for; None where it makes no sense to us."""
    data = frame.data
    kind = data.get("eventType")
    if kind == "fulfillment":
        return _delta(data.get("answer"))
    if not isinstance(kind, str):
        if frame.channel == "error" or data.get("error") or data.get("errorCode"):
            return TROUBLE
        beat = frame.channel == "heartbeat" or "time" in data or "messageId" in data
        return QUIET if beat else None
    if kind in _THINKING:
        return _thinking(kind, data.get("thinking"))
    if kind == "planning_output":
        return QUIET
    if kind == "step_output":
        piece = raw_text(mapping(data.get("output")).get("delta"))
        return Piece(text(data.get("stepId")), piece) if piece else QUIET
    if kind.startswith("ondemand_agent."):
        return Status(text(kind), first_text(mapping(data.get("data")), "message", "content"))
    match kind:
        case "error":
            return TROUBLE
        case "statusLog":
            return _status(mapping(data.get("currentStatusLog")))
        case "metricsLog":
            metrics = mapping(data.get("publicMetrics"))
            return Usage.from_json(metrics) if metrics else None
        case "plugin_sources":
            return _sources(mapping(data.get("sources")))
        case "clarification_request":
            return _clarification(mapping(data.get("clarificationRequest")))
    return QUIET if frame.channel == "heartbeat" else None


def plugins_in(found: object) -> tuple[Plugin, ...]:
    """The plugins that a JSON value says were called, wherever in it, without those that failed."""
    called: list[Plugin] = []
    waiting = [found]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif plugin := first_text(mapping(value), "pluginId", "agentId"):
            # What it was called with is not looked into: there may be anything.
            if number(mapping(value).get("statusCode")) < 400:
                called.append(Plugin(plugin, first_text(mapping(value), "name", "pluginName")))
        else:
            waiting.extend(reversed(list(mapping(value).values())))
    return tuple(called)


def _delta(answer: object) -> Delta | Quiet | None:
    if answer is None or answer == "":
        return QUIET
    piece = raw_text(answer)
    return Delta(piece) if piece else None


def _thinking(phase: str, thinking: object) -> Thinking | Quiet | None:
    if not isinstance(thinking, dict):
        return None  # A list was seen here once (observed live, 2026).
    piece = mended(raw_text(thinking.get("delta")))
    return Thinking(phase, piece) if piece else QUIET


def _status(log: Mapping[str, object]) -> Status | None:
    if not log:
        return None
    return Status(
        text(log.get("statusType")),
        text(log.get("statusMessage")),
        text(log.get("answer")),
        plugins_in(log.get("executedAgents")),
    )


def _sources(found: Mapping[str, object]) -> Sources | Quiet:
    entries = [mapping(each) for each in items(found.get("items"))]
    pages = tuple(
        Source(text(each.get("title")), url) for each in entries if (url := text(each.get("url")))
    )
    return Sources(text(found.get("pluginName")), pages) if pages else QUIET


def _clarification(request: Mapping[str, object]) -> Clarification | None:
    asked = (
        each if isinstance(each, str) else first_text(mapping(each), "query", "question", "text")
        for each in items(request.get("queries"))
    )
    questions = tuple(mended(each) for each in asked if each)
    return Clarification(questions) if questions else None
