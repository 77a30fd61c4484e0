"""Everything Telegram may do beside working well: one row each, and which rows are armed.

This table is the documentation. A behaviour is armed for one method or all it belongs to, for one
chat or all, for the next N times or until it is cleared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.telegram import refusals
from bot.sandbox.telegram.facts import METHODS
from bot.sandbox.telegram.refusals import Refusal, bad, forbidden

EDITS = ("editMessageText", "editMessageCaption", "editMessageMedia", "editMessageReplyMarkup")
VOICES = ("sendVoice", "sendVideoNote")
#: Fetching a file, which is no method and can be counted and spoilt like one.
DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing Telegram can be told to do."""

    name: str
    meaning: str
    #: The methods it belongs to; none means any.
    methods: tuple[str, ...] = ()
    #: What can be said about it, with what holds when nothing is said.
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Behaviours that only refuse are complete with this; the others are looked for where they act.
    refuse: Callable[[Mapping[str, Any]], Refusal] | None = None


def _refuse(
    name: str,
    meaning: str,
    refusal: Callable[[Mapping[str, Any]], Refusal],
    methods: tuple[str, ...] = (),
    **parameters: Any,
) -> Behaviour:
    return Behaviour(name, meaning, methods, parameters, refusal)


#: What happens to the connection and to the answer.
ON_THE_WIRE = (
    Behaviour("slow", "Waits `seconds`, then goes on.", (), {"seconds": 1.0}),
    Behaviour("reset", "Resets the connection; nothing was done."),
    Behaviour("hang", "Says nothing for `seconds`, then resets; nothing was done.", (),
              {"seconds": 300.0}),
    Behaviour("answer_lost", "The call is done; the connection is reset before the answer."),
    Behaviour("answer_late", "The call is done at once and answered after `seconds`.", (),
              {"seconds": 60.0}),
    Behaviour("bad_gateway", "502, or the `status` given, as HTML; nothing was done.", (),
              {"status": 502}),
    Behaviour("broken_json", "The call is done; the answer ends in the middle, with status 200."),
    Behaviour("null_result", "The call is done; the answer is ok, and its result is null."),
    Behaviour("message_id_zero", "The message is there; the answer gives it the id 0, as for one "
              "that is not sent yet.", ("sendMessage",)),
)  # fmt: skip

#: What Telegram may refuse although the call is good. The first row that is armed is the answer.
ON_PRINCIPLE = (
    _refuse("flood", "429 with `seconds` to wait.", lambda p: refusals.flood(p["seconds"]),
            seconds=5),
    _refuse("server_error", "500 in Telegram's envelope.", lambda _: Refusal(500, "")),
    _refuse("unauthorized", "401, as for a token that was revoked.", lambda _: Refusal(401, "")),
    _refuse("not_found", "404, as for a token nobody has.", lambda _: Refusal(404, "")),
    _refuse("too_large", "413.", lambda _: Refusal(413, "")),
    _refuse("conflict", "409, as if another bot polled.", lambda _: refusals.two_pollers(),
            ("getUpdates",)),
    _refuse("blocked", "403: the person has blocked the bot.",
            lambda _: forbidden("bot was blocked by the user")),
    _refuse("kicked", "403: the bot is out of the group.",
            lambda _: forbidden("bot was kicked from the supergroup chat")),
    _refuse("deactivated", "403: the person's account is gone.",
            lambda _: forbidden("user is deactivated")),
    _refuse("chat_not_found", "400 chat not found.", lambda _: bad("chat not found")),
    _refuse("cannot_parse", "400 can't parse entities.", lambda _: bad(
        "can't parse entities: Can't find end of the entity starting at byte offset 0")),
    _refuse("too_long", "400 message is too long.", lambda _: bad("message is too long")),
    _refuse("not_modified", "400 message is not modified.", lambda _: bad(refusals.NOT_MODIFIED),
            EDITS),
    _refuse("message_gone", "400 message to edit not found.",
            lambda _: bad("message to edit not found"), EDITS),
    _refuse("uneditable", "400 message can't be edited.",
            lambda _: bad("message can't be edited"), EDITS),
    _refuse("voice_forbidden", "400: the person's settings refuse voice and video messages.",
            lambda _: bad(refusals.VOICE_FORBIDDEN), VOICES),
    _refuse("query_too_old", "400 query is too old.", lambda _: bad(refusals.QUERY_TOO_OLD),
            ("answerCallbackQuery",)),
)  # fmt: skip

#: What happens to a file on its way to the bot. Nothing else acts on it.
ON_DOWNLOADING = (
    Behaviour("file_gone", "404 for a file that `getFile` has promised.", (DOWNLOAD,)),
    Behaviour("file_slow", "Half of the file comes at once, the rest after `seconds`.",
              (DOWNLOAD,), {"seconds": 5.0}),
    Behaviour("file_cut", "The connection is reset in the middle of the file.", (DOWNLOAD,)),
)  # fmt: skip

BEHAVIOURS = {one.name: one for one in (*ON_THE_WIRE, *ON_PRINCIPLE, *ON_DOWNLOADING)}


@dataclass(slots=True)
class Armed:
    """One behaviour that waits for its call."""

    behaviour: Behaviour
    parameters: Mapping[str, Any]
    method: str | None
    chat: int | None
    times: int | None
    #: Called when it has acted for the last time.
    then: Callable[[], object] = lambda: None

    def fits(self, method: str, chat: object) -> bool:
        """Whether it acts on this method, called for this chat."""
        mine = self.behaviour.methods
        return (
            self.method in (None, method)
            and (self.chat is None or str(self.chat) == str(chat))
            and (not mine or method in mine)
        )

    def to_json(self) -> dict[str, Any]:
        """Return what the control endpoint shows."""
        where = {"method": self.method, "chat": self.chat, "times": self.times}
        return {"behaviour": self.behaviour.name, **where, **self.parameters}


@dataclass(slots=True)
class Switchboard:
    """The armed behaviours, oldest first. The oldest that fits a call is the one that acts."""

    armed: list[Armed] = field(default_factory=list)

    def arm(
        self,
        name: str,
        *,
        method: str | None = None,
        chat: int | None = None,
        times: int | None = None,
        **parameters: Any,
    ) -> Armed:
        """Arm a behaviour for the next `times` calls it fits, or until it is cleared.

        Raises `ValueError` for a behaviour, a method or a parameter that does not exist.
        """
        behaviour = BEHAVIOURS.get(name)
        if behaviour is None:
            raise ValueError(f"there is no behaviour {name!r}")
        if unknown := sorted(parameters.keys() - behaviour.parameters.keys()):
            raise ValueError(f"{name} knows no {', '.join(unknown)}")
        if times is not None and times < 1:
            raise ValueError("times must be 1 or more")
        if method is not None and method != DOWNLOAD and method.lower() not in METHODS:
            raise ValueError(f"there is no method {method!r}")
        mine = behaviour.methods
        if method and (method not in mine if mine else method == DOWNLOAD):
            raise ValueError(f"{name} does not belong to {method}")
        method = method and METHODS.get(method.lower(), method)
        one = Armed(behaviour, {**behaviour.parameters, **parameters}, method, chat, times)
        self.armed.append(one)
        return one

    def clear(self, name: str | None = None) -> None:
        """Disarm one behaviour, or all of them."""
        self.armed = [one for one in self.armed if name and one.behaviour.name != name]

    def take(self, name: str, method: str, chat: object) -> Mapping[str, Any] | None:
        """Return the parameters of an armed behaviour and count it, or None."""
        for one in self.armed:
            if one.behaviour.name == name and one.fits(method, chat):
                return self._count(one)
        return None

    def take_refusal(self, method: str, chat: object) -> Refusal | None:
        """Return the refusal armed first for this call, if any, and count it."""
        for one in self.armed:
            if one.behaviour.refuse and one.fits(method, chat):
                return one.behaviour.refuse(self._count(one))
        return None

    def _count(self, one: Armed) -> Mapping[str, Any]:
        if one.times is not None:
            one.times -= 1
            if not one.times:
                self.armed.remove(one)
                one.then()
        return one.parameters
