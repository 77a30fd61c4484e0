"""Sessions and messages: everything about conversations but asking."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from bot.sandbox.ondemand import refusals
from bot.sandbox.ondemand.asking import Ask, answer, limit_of, page_after, text_in, texts_in
from bot.sandbox.ondemand.catalog import agent_ids, find_plugin, number_of
from bot.sandbox.ondemand.records import Message, Session

_MOST_TOOLS = 20


async def create_session(ask: Ask) -> Response:
    """`POST /chat/v1/sessions`: 201, although the reference says 200."""
    body = await ask.json()
    now = ask.company.clock()
    session = Session(
        id=ask.company.new_id(),
        external_user=text_in(body, "externalUserId"),
        tools=tuple(tools_in(ask, body, may_be_inactive=True)),
        context=_context_in(body),
        created=now,
        updated=now,
    )
    short = ask.armed("create_200")
    ask.company.sessions[session.id] = session
    shown = session.to_json(short=short)
    return answer("Chat session created successfully", shown, status=200 if short else 201)


async def list_sessions(ask: Ask) -> Response:
    """`GET /chat/v1/sessions`: a session nobody has asked anything in is not there."""
    user = ask.option("externalUserId")
    sessions = [
        session
        for session in ask.company.sessions.values()
        if session.messages and user in ("", session.external_user)
    ]
    # Its message is the one of the other list, in the platform's own sample.
    return _page(ask, "Chat messages fetched successfully", [s.to_json() for s in sessions])


async def get_session(ask: Ask) -> Response:
    """`GET /chat/v1/sessions/{sessionId}`."""
    return answer("Chat session fetched successfully", session_of(ask).to_json())


async def delete_session(ask: Ask) -> Response:
    """`DELETE /chat/v1/sessions/{sessionId}`, which no reference has."""
    del ask.company.sessions[session_of(ask).id]
    return answer("Chat session deleted successfully")


async def list_messages(ask: Ask) -> Response:
    """`GET /chat/v1/sessions/{sessionId}/messages`: the turns, and the files among them."""
    session = session_of(ask)
    user = ask.option("externalUserId")
    shown = [
        entry.to_json()
        if isinstance(entry, Message)
        else entry.to_turn_json(ask.company.address(ask.base, entry))
        for entry in session.entries
        if user in ("", entry.external_user)
    ]
    return _page(ask, "Chat messages fetched successfully", shown)


async def get_message(ask: Ask) -> Response:
    """`GET …/sessions/{sessionId}/messages/{messageId}`: how a lost stream is found again."""
    wanted = ask.request.path_params["message_id"]
    for entry in session_of(ask).entries:
        if entry.id == wanted:
            break
    else:
        raise refusals.not_found("chat message")
    if not isinstance(entry, Message):
        shown = entry.to_turn_json(ask.company.address(ask.base, entry))
    else:
        shown = entry.to_json()
        if ask.armed("still_processing"):
            shown |= {"status": "processing", "answer": "", "publicMetrics": None}
    return answer("Chat message fetched successfully", shown)


def session_of(ask: Ask) -> Session:
    """Return the session of the path. Raises `Refusal` where there is none (any more)."""
    session = ask.company.sessions.get(ask.request.path_params["session_id"])
    if session is None:
        raise refusals.not_found("chat session")
    return session


def tools_in(ask: Ask, body: Mapping[str, Any], *, may_be_inactive: bool = False) -> list[str]:
    """Return the numbers of the tools a request names, in either dialect, each once.

    Raises `Refusal` naming the ones that cannot be used. An inactive one is found out only when it
    is asked something: an id that is good for a session can be bad for a query.
    """
    named = [*texts_in(body, "agentIds"), *texts_in(body, "pluginIds")]
    numbers = list(dict.fromkeys(map(number_of, named)))
    if len(numbers) > _MOST_TOOLS:
        raise refusals.invalid()
    found = {number: find_plugin(number) for number in numbers}
    wrong = {
        "invalid": [n for n, plugin in found.items() if not plugin],
        "unsubscribed": [n for n, plugin in found.items() if plugin and not plugin.subscribed],
        "inactive": [n for n, p in found.items() if p and not p.active and not may_be_inactive],
    }
    for kind, bad in wrong.items():
        # Who names nobody, and asks in a session that has nobody, cannot be refused for one.
        if numbers and (armed := ask.take(f"{kind}_agents")) is not None:
            raise refusals.bad_agents(kind, armed["ids"] or agent_ids(numbers))
        if bad:
            raise refusals.bad_agents(kind, agent_ids(bad))
    return numbers


def _context_in(body: Mapping[str, Any]) -> list[Mapping[str, str]]:
    fields = body.get("contextMetadata") or []
    if not isinstance(fields, list):
        raise refusals.invalid()
    return [
        {"key": text_in(f, "key"), "value": text_in(f, "value", required=False)} for f in fields
    ]


def _page(ask: Ask, message: str, shown: Sequence[Mapping[str, Any]]) -> Response:
    ordered = list(shown) if ask.option("sort") == "asc" else list(shown)[::-1]
    limit = limit_of(ask.option("limit"))
    ids = [entry["id"] for entry in ordered]
    page, following = page_after(ordered, ids, ask.option("cursor"), limit)
    return answer(message, page, pagination={"next": following, "limit": limit})
