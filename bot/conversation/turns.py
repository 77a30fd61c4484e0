"""A turn: one utterance and everything we do about it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from typing import Protocol, Self, TypeVar, cast

from bot.conversation.peers import Peers
from bot.conversation.plugins import UNCHOSEN, PluginChoice
from bot.conversation.settings import Choices
from bot.conversation.surface import Address, Ref
from bot.conversation.voice import VoiceChoice
from bot.storage import JSON, Transaction

T = TypeVar("T")

#: Why a turn is stopped.
BY_THE_PERSON = "stopped by the person"


class Turn(Protocol):
    """The work on one utterance, remembered from attempt to attempt."""

    #: Set when somebody wants the answer to end early.
    stopped: asyncio.Event
    stop_reason: str

    @property
    def reference(self) -> str:
        """A short word for this turn, which an operator finds in the log."""

    def note(self, what: str) -> None:
        """Leave a mark in the trail: a word of ours, never of a person's."""

    async def step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do this once, over all attempts."""

    async def step_in(self, name: str, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do this once, in the transaction that remembers it."""

    def recall(self, name: str) -> JSON:
        """What was remembered under this name, or `None`."""

    async def remember(self, name: str, result: JSON) -> None:
        """Remember this under a name."""

    def stop(self, reason: str) -> None:
        """Ask for an early end."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a person said, as text, wherever it came from."""

    address: Address
    #: The person's message.
    message: Ref
    speaker: int
    #: What to call the speaker where several share a conversation.
    name: str
    #: What the speaker is spoken to in: one of `bot.conversation.phrases.LANGUAGES`.
    language: str
    text: str
    at: datetime
    #: The conversation it belongs to.
    conversation: int
    #: Whether and how the answer is spoken.
    voice: VoiceChoice
    #: What the speaker chose about answers.
    choices: Choices
    #: Which plugins the assistant may use.
    plugins: PluginChoice = UNCHOSEN
    #: Whether it was said aloud, and the text is what we heard.
    is_heard: bool = False
    #: Our messages to change instead of posting new ones.
    instead_of: tuple[Ref, ...] = ()

    def moved(self, chat: int) -> Self:
        """The utterance where its chat is now. Messages from before cannot be named there."""
        return replace(
            self,
            address=replace(self.address, chat=chat),
            message=Ref(chat, -abs(self.message.message)),
            instead_of=(),
        )


@dataclass(slots=True)
class Making:
    """An answer that is being made."""

    #: Who asked for it, and with which message.
    speaker: int
    message: Ref
    turn: Turn
    #: In which conversation, as soon as that is known.
    conversation: int | None = None
    #: Whether there is anything to be ended early: it is heard, thought about or spoken.
    may_stop: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """What can be seen of an answer that is being made, here or in another process."""

    speaker: int
    #: The number of the message that asked for it.
    message: int
    conversation: int | None
    may_stop: bool


class Running:
    """The work that is being done now, each in its place, so that it can be stopped.

    In one place an answer and a recording that is heard for another purpose may be worked on side
    by side; then what was begun last is stopped first. What is done here is known; about the rest
    the other processes are asked.
    """

    def __init__(self, peers: Peers) -> None:
        self._makings: dict[Address, list[Making]] = {}
        self._peers = peers
        peers.on("look", self._tell_of)
        peers.on("stop", self._hear_stop)

    def begin(
        self,
        address: Address,
        speaker: int,
        message: Ref,
        turn: Turn,
        *,
        conversation: int | None = None,
    ) -> Making:
        """Something is being made here. What the same turn began before is over."""
        self.end(turn)
        making = Making(speaker, message, turn, conversation)
        self._makings.setdefault(address, []).append(making)
        return making

    def move(self, making: Making, to: Address, message: Ref) -> None:
        """The place where it is made has another number now, and so has the message."""
        self.end(making.turn)
        making.message = message
        self._makings.setdefault(to, []).append(making)

    def end(self, turn: Turn) -> None:
        """It is made."""
        left = (
            (at, [each for each in makings if each.turn is not turn])
            for at, makings in self._makings.items()
        )
        self._makings = {at: makings for at, makings in left if makings}

    async def look(self, address: Address) -> Made | None:
        """What is being made in this place, if anything, wherever it is made."""
        if address in self._makings:
            return _seen(self._makings[address][-1])
        reply = await self._peers.ask("look", _named(address))
        return Made(*cast("tuple[int, int, int | None, bool]", reply)) if reply else None

    async def stop(self, address: Address, made: Made, reason: str) -> None:
        """End this early, wherever it is made. One that has ended meanwhile stays as is."""
        if not self._stop(address, made.message, reason):
            await self._peers.tell("stop", [_named(address), made.message, reason])

    def _stop(self, address: Address, message: int, reason: str) -> bool:
        for making in self._makings.get(address, ()):
            if making.message.message == message:
                making.turn.stop(reason)
                return True
        return False

    def _tell_of(self, address: JSON) -> JSON:
        makings = self._makings.get(_address(address))
        return list(astuple(_seen(makings[-1]))) if makings else None

    def _hear_stop(self, about: JSON) -> JSON:
        address, message, reason = cast("tuple[JSON, int, str]", about)
        self._stop(_address(address), message, reason)
        return None


def _seen(making: Making) -> Made:
    return Made(making.speaker, making.message.message, making.conversation, making.may_stop)


def _named(address: Address) -> JSON:
    return [address.chat, address.topic, address.is_group]


def _address(named: JSON) -> Address:
    chat, topic, is_group = cast("tuple[int, int | None, bool]", named)
    return Address(chat, topic, is_group=is_group)
