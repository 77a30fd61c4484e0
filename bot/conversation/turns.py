"""A turn: one utterance and everything we do about it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, Self, TypeVar

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


class Running:
    """The work that is being done now, each in its place, so that it can be stopped.

    In one place an answer and a recording that is heard for another purpose may be worked on side
    by side; then what was begun last is stopped first.
    """

    def __init__(self) -> None:
        self._makings: dict[Address, list[Making]] = {}

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

    def at(self, address: Address) -> Making | None:
        """What is being made in this place, if anything."""
        makings = self._makings.get(address)
        return makings[-1] if makings else None
