"""Asking: `POST /chat/v1/sessions/{sessionId}/query`, answered at once, as a stream, or later."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from starlette.responses import Response, StreamingResponse

from bot.sandbox.ondemand import refusals
from bot.sandbox.ondemand.asking import Ask, answer, text_in, texts_in
from bot.sandbox.ondemand.behaviours import ON_STREAMING
from bot.sandbox.ondemand.catalog import Plugin, agent_ids, find_endpoint, find_plugin, number_of
from bot.sandbox.ondemand.chat import session_of, tools_in
from bot.sandbox.ondemand.dialects import (
    Answer,
    Behaviours,
    adapted,
    script,
    status_log,
)
from bot.sandbox.ondemand.mind import Exchange, File, Question
from bot.sandbox.ondemand.records import Message, Session, instant
from bot.sandbox.ondemand.turns import Told, Turn
from bot.sandbox.ondemand.wire import Numbering, Wire
from bot.sandbox.server import reset_connection

_MODES = ("sync", "stream", "webhook")
_WHEN_STREAMED = tuple(row.name for row in ON_STREAMING)
_IN_ANY_MODE = ("tool_fails", "clarification", "error_mid_answer")
# How a resumed stream is written and how it ends can differ; its frames are those of the first.
_WHEN_RESUMED = (
    "no_blank_lines",
    "no_event_lines",
    "space_after_colon",
    "sse_comments",
    "data_over_two_lines",
    "split_bytes",
    "stream_cut",
    "stream_reset",
)
_EFFORTS = ("low", "medium", "max")
_FLUSH = 0.02  # seconds that bytes already written get to leave before a connection is reset
_HEADERS = {"cache-control": "no-cache, no-transform"}
_RANGES = {
    "temperature": (0, 2),
    "topP": (0, 1),
    "presencePenalty": (0, 2),
    "frequencyPenalty": (0, 2),
}


async def submit_query(ask: Ask) -> Response:
    """Ask a question in a session; the mode in the body chooses the form of the answer."""
    body = await ask.json()
    session = session_of(ask)
    if ask.armed("stale_session"):
        del ask.company.sessions[session.id]
        raise refusals.not_found("chat session")
    _check(body)
    _check_endpoint(ask, body)
    resumes = bool(body.get("messageId"))
    if resumes and not ask.armed("resume_ignored"):
        return _resume(ask, session, text_in(body, "messageId"))
    tools = _tools(ask, body, session)
    if session.is_processing and not (resumes or ask.armed("parallel_queries")):
        raise refusals.invalid("A query is already being processed in this session")
    # What only a stream can show waits for a stream.
    streams = body["responseMode"] == "stream"
    behaviours = _armed(ask, _WHEN_STREAMED if streams else _IN_ANY_MODE)
    turn = _begin(ask, session, body, tools, behaviours)
    return await _respond(ask, turn, behaviours)


def _check(body: Mapping[str, Any]) -> None:
    text_in(body, "query")
    if body.get("responseMode") not in _MODES:
        raise refusals.invalid()
    if body.get("reasoningEffort") not in (None, *_EFFORTS):
        raise refusals.invalid("reasoningEffort must be one of low, medium, max")
    if body.get("chatMode") not in (None, "standard"):
        raise refusals.invalid("chatMode is not supported")
    configs = body.get("modelConfigs") or {}
    if not isinstance(configs, dict):
        raise refusals.invalid()
    text_in(configs, "fulfillmentPrompt", required=False)
    for name, (least, most) in _RANGES.items():
        value = configs.get(name)
        if value is None:
            continue
        if not isinstance(value, int | float) or not least <= value <= most:
            raise refusals.invalid()
    if len(texts_in(configs, "stopSequences")) > 4:
        raise refusals.invalid()


def _check_endpoint(ask: Ask, body: Mapping[str, Any]) -> None:
    name = text_in(body, "endpointId")
    endpoint = find_endpoint(name)
    if endpoint is None:
        raise refusals.invalid(f"Endpoint {name} is invalid")
    if ask.armed("inactive_endpoint") or not endpoint.active:
        raise refusals.invalid(f"Endpoint {name} is inactive")
    # A token is about four letters; it is enough to notice what was far too much.
    if len(body["query"]) > 4 * endpoint.context:
        raise refusals.refusal(400, "Maximum context length exceeded", "context_length_exceeded")


def _tools(ask: Ask, body: Mapping[str, Any], session: Session) -> list[str]:
    by_plugin, by_agent = texts_in(body, "pluginIds"), texts_in(body, "agentIds")
    if by_plugin and ask.armed("plugin_ids_refused"):
        raise refusals.bad_agents("invalid", agent_ids(map(number_of, by_plugin)))
    if by_agent and ask.armed("agent_ids_refused"):
        raise refusals.invalid()
    # No tools named means those of the session.
    return tools_in(ask, body if by_plugin or by_agent else {"agentIds": agent_ids(session.tools)})


def _armed(ask: Ask, names: Sequence[str]) -> Behaviours:
    taken = {name: ask.take(name) for name in names}
    return {name: parameters for name, parameters in taken.items() if parameters is not None}


def _begin(
    ask: Ask, session: Session, body: Mapping[str, Any], tools: list[str], behaviours: Behaviours
) -> Turn:
    """Take the question: from here on it is paid for, and goes on without the client too."""
    company, now = ask.company, ask.company.clock()
    used = [] if body.get("fulfillmentOnly") else [p for p in map(find_plugin, tools) if p]
    reply = adapted(company.assistant.answer(_question(session, body, used)), behaviours)
    if (body.get("modelConfigs") or {}).get("maxTokens"):
        # The platform was seen to answer nothing at all when given a limit.
        reply = Answer("")
    message = Message(
        id=company.new_id(),
        session=session.id,
        external_user=session.external_user,
        request=body,
        tools=tuple(tools),
        created=now,
        updated=now,
    )
    session.entries.append(message)
    session.title = session.title or message.query[:60]
    session.updated = now
    ask.call.message = message.id
    frames = script(reply, used, behaviours, company.pace)
    turn = Turn(message, frames, Numbering(per_channel="july" in behaviours), company.clock)
    company.start(turn)
    return turn


def _question(session: Session, body: Mapping[str, Any], plugins: Sequence[Plugin]) -> Question:
    return Question(
        text=body["query"],
        history=[Exchange(m.query, m.answer) for m in session.messages if m.status == "completed"],
        files=[File(f.name, f.text) for f in session.files if f.status == "completed"],
        plugins=[plugin.name for plugin in plugins],
    )


async def _respond(ask: Ask, turn: Turn, behaviours: Behaviours) -> Response:
    message, mode = turn.message, turn.message.request["responseMode"]
    if ask.armed("answer_lost"):
        await reset_connection(ask.request.scope)
    if mode == "webhook":
        taken = {"sessionId": message.session, "messageId": message.id, "status": message.status}
        return answer("Chat query submitted successfully", taken)
    if mode == "sync":
        if ask.armed("sync_524"):
            raise refusals.edge_error(524)
        return await _whole(turn)
    return _streamed(ask, turn.follow(), behaviours)


async def _whole(turn: Turn) -> Response:
    await turn.finished()
    message = turn.message
    if message.status == "failed":
        raise refusals.refusal(500, "The model call failed", "model_error")
    steps: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("fulfilling", "Fulfilling the prompt...", {}),
        ("fulfillment_completed", "Fulfillment completed", {"answer": message.answer}),
    )
    time = instant(message.updated, 0)
    logs = [
        status_log(kind, text, **more, time=time)["currentStatusLog"] for kind, text, more in steps
    ]
    shown = {
        "sessionId": message.session,
        "messageId": message.id,
        "answer": message.answer,
        "statusLogs": logs,
        "metrics": message.metrics,
        "status": message.status,
    }
    return answer("Chat query submitted successfully", shown)


def _resume(ask: Ask, session: Session, message_id: str) -> Response:
    turn = ask.company.turns.get(message_id)
    if turn is None or turn.message not in session.entries:
        raise refusals.not_found("chat message")
    return _streamed(ask, turn.resume(), _armed(ask, _WHEN_RESUMED))


def _streamed(ask: Ask, told: AsyncIterator[Told], behaviours: Behaviours) -> Response:
    stream = _write(ask, told, behaviours)
    kind = "text/event-stream; charset=utf-8"
    return StreamingResponse(stream, headers=_HEADERS, media_type=kind)


async def _write(
    ask: Ask, told: AsyncIterator[Told], behaviours: Behaviours
) -> AsyncIterator[bytes]:
    wire = Wire.of(behaviours)
    cut, reset = behaviours.get("stream_cut"), behaviours.get("stream_reset")
    number = 0
    async for channel, data in told:
        frame = wire.write(channel, data)
        if cut and number >= cut["frames"]:
            return
        if reset and number >= reset["frames"]:
            yield frame[: len(frame) // 2]
            await asyncio.sleep(_FLUSH)
            await reset_connection(ask.request.scope)
            return
        for piece in wire.pieces(frame):
            yield piece
        number += 1
