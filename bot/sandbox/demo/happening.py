"""What happens, told while it happens: to the pages that are open, and kept for those to come.

It looks on at both remote APIs and reads the bot's log. What it tells is who did what, when and
with what success, and never anybody's words.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from bot.sandbox.demo import shown
from bot.sandbox.demo.child import State
from bot.sandbox.demo.stream import Stream
from bot.sandbox.ondemand.company import Call as Request
from bot.sandbox.telegram.traces import Action, Call, Draft, Pending
from bot.sandbox.telegram.witness import Witness
from bot.sandbox.telegram.world import Message

#: How many rows are kept.
KEPT = 500
#: Calls that come all the time, or in dozens when the bot starts, and say little.
_QUIET = ("getUpdates", "getMe", "setMy", "getMy", "sendChatAction")
_LOUD = ("warning", "error", "critical")
_TURNS = "bot.delivery."


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happens. A row with the same key is the same thing, later."""

    key: str
    kind: Literal["update", "lane", "telegram", "ondemand", "log", "bot", "fault"]
    what: str
    chat: int | None = None
    topic: int | None = None
    lane: str | None = None
    #: How long it took; None while it lasts.
    ms: int | None = None
    #: The HTTP status, or the number of an update.
    status: int | None = None
    detail: str | None = None
    is_quiet: bool = False
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def to_json(self) -> dict[str, Any]:
        """Return the row as the page draws it."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "at": shown.moment(self.at)
        }


class Happening(Witness):
    """Looks on, keeps the last rows, and tells the stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._rows: dict[str, Row] = {}
        #: When what lasts began, in seconds of a clock that only goes forward.
        self._began: dict[str, float] = {}
        self._acting: set[tuple[int, int | None]] = set()
        self._lines = 0
        #: Called when the bot asks for updates: it is at work.
        self.polled: Callable[[], object] = lambda: None

    @property
    def rows(self) -> list[Row]:
        """The last rows, oldest first."""
        return list(self._rows.values())

    def tell(self, row: Row) -> None:
        """Tell a row, in place of an earlier one with its key."""
        if row.key in self._rows:
            row = replace(row, at=self._rows[row.key].at)
        self._rows[row.key] = row
        while len(self._rows) > KEPT:
            del self._rows[next(iter(self._rows))]
        self._stream.tell("happening", row.to_json())

    # On Telegram.

    def sees(self, message: Message) -> None:
        """Show a message to the pages, or that it is gone."""
        where = (message.chat.id, message.topic)
        if message.is_deleted:
            told = {"chat": message.chat.id, "id": message.id, "topic": message.topic}
            self._stream.tell("deleted", told)
            return
        # What was announced has come; of one that only grows the bot may announce more.
        is_new = message.sender.is_bot and len(message.versions) == 1
        if is_new and where in self._acting:
            self._acting.remove(where)
            over = {"chat": where[0], "topic": where[1], "action": None, "until": None}
            self._stream.tell("action", over)
        self._stream.tell("message", shown.message(message))
        if message.is_service:
            self._stream.tell("chat", {"chat": message.chat.id})

    def sees_action(self, action: Action) -> None:
        """Show the pages what the bot does."""
        self._acting.add((action.chat, action.topic))
        self._stream.tell("action", shown.action(action))

    def sees_draft(self, chat: int, topic: int | None, draft: Draft | None) -> None:
        """Show a draft to the pages, or that it is gone."""
        text, can_stop = (draft.text, draft.can_stop) if draft else (None, False)
        told = {"chat": chat, "topic": topic, "text": text, "can_stop": can_stop}
        self._stream.tell("draft", told)

    def hears(self, call: Call, *, is_over: bool) -> None:
        """Tell of a call to the Bot API."""
        if call.method == "getUpdates" and not is_over:
            self.polled()
        key = f"telegram-{call.number}"
        self.tell(
            Row(
                key,
                "telegram",
                call.method,
                chat=_number(call.parameters.get("chat_id")),
                topic=_number(call.parameters.get("message_thread_id")),
                ms=self._lasted(key, is_over=is_over),
                status=call.status,
                detail=call.error,
                is_quiet=call.method.startswith(_QUIET),
            )
        )

    def follows(self, update: Pending, state: Literal["waiting", "fetched", "confirmed"]) -> None:
        """Tell of an update on its way."""
        body: dict[str, Any] = json.loads(update.body)
        kind = next((name for name in body if name != "update_id"), "nothing")
        message = body.get(kind)
        message = message if isinstance(message, dict) else {}
        message = message.get("message", message)
        key = f"update-{update.id}"
        self.tell(
            Row(
                key,
                "update",
                kind,
                chat=_number(message.get("chat", {}).get("id")),
                topic=_number(message.get("message_thread_id")),
                ms=self._lasted(key, is_over=state == "confirmed"),
                status=update.id,
                detail=state,
            )
        )

    # At OnDemand.

    def watches(self, request: Request, is_over: bool) -> None:
        """Tell of a call to OnDemand."""
        key = f"ondemand-{request.number}"
        what = request.operation or f"{request.method} {request.path}"
        ms = self._lasted(key, is_over=is_over)
        self.tell(Row(key, "ondemand", what, ms=ms, status=request.status))

    # In the bot.

    def reads(self, line: str) -> None:
        """Tell of a line of the bot's log: of its turns, and of what is a warning or worse."""
        try:
            told: Any = json.loads(line)
        except ValueError:
            return
        if not isinstance(told, dict):
            return
        event, lane = str(told.get("event")), told.get("lane")
        if isinstance(lane, str) and str(told.get("logger")).startswith(_TURNS):
            self._tell_of_turn(event, lane, told)
        elif told.get("level") in _LOUD:
            self._lines += 1
            self.tell(Row(f"log-{self._lines}", "log", event, lane=lane))

    def notes(self, state: State) -> None:
        """Tell how the bot's process is."""
        self._stream.tell("state", state_json(state))
        key = f"bot-{state.starts}-{state.condition}"
        self.tell(Row(key, "bot", state.condition, status=state.pid, detail=state.line))

    def _tell_of_turn(self, event: str, lane: str, told: Mapping[str, Any]) -> None:
        update, seconds = _number(told.get("update")), told.get("seconds")
        _, chat, topic = (*lane.split(":"), "", "")[:3]
        took = round(1000 * seconds) if isinstance(seconds, int | float) else None
        self.tell(
            Row(
                f"lane-{lane}-{update}",
                "lane",
                event.removeprefix("turn "),
                chat=_number(chat),
                topic=_number(topic) or None,
                lane=lane,
                ms=took if event == "turn settled" else None,
                status=update,
            )
        )

    def _lasted(self, key: str, *, is_over: bool) -> int | None:
        """Return how many milliseconds something took, None while it is not over."""
        now = time.monotonic()
        began = self._began.setdefault(key, now)
        if not is_over:
            return None
        del self._began[key]
        return round((now - began) * 1000)


def state_json(state: State) -> dict[str, Any]:
    """Show how the bot is."""
    return {
        "state": state.condition,
        "at": shown.moment(state.at),
        "pid": state.pid,
        "starts": state.starts,
        "line": state.line,
        "again_in": state.again_in,
    }


def _number(value: object) -> int | None:
    try:
        return int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None
