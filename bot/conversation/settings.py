"""What people and groups chose about talking with the assistant."""

import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final, Generic, Literal, Self, TypeVar, cast, get_args

from bot.clock import Clock
from bot.conversation.peers import Peers
from bot.conversation.phrases import LANGUAGES, closest
from bot.conversation.surface import Address
from bot.storage import JSON, Place, StorageError, Store, Transaction

log = logging.getLogger(__name__)

#: One memory for everybody in a group, or one for each member.
Memory = Literal["shared", "member"]
#: What is answered in a group: commands, mentions and replies, or every message.
Listening = Literal["called", "everything"]

#: How an answer looks: as every app shows it, or with tables and formulas drawn.
Formatting = Literal["classic", "rich"]
#: How it grows: as a message that is edited, or as a draft.
Streaming = Literal["edits", "drafts"]

FORMATTINGS: Final[tuple[Formatting, ...]] = get_args(Formatting)
STREAMINGS: Final[tuple[Streaming, ...]] = get_args(Streaming)
MEMORIES: Final[tuple[Memory, ...]] = get_args(Memory)
LISTENINGS: Final[tuple[Listening, ...]] = get_args(Listening)

#: What the languages call themselves, and what the assistant calls them.
OWN_NAMES: Final = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "pt": "Português",
    "ru": "Русский",
    "zh": "中文",
}
_ENGLISH_NAMES: Final = {
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "pt": "Portuguese",
    "ru": "Russian",
    "zh": "Chinese",
}

#: Characters of the longest name of an endpoint.
_LONGEST_ENDPOINT: Final = 200


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose; `None` is automatic."""

    #: What the bot speaks with them, whatever their app does.
    language: str | None = None
    #: What the assistant answers in, whatever they ask in.
    answers_in: str | None = None
    #: The model endpoint that answers.
    endpoint: str | None = None
    #: How answers look and grow in private.
    formatting: Formatting = "classic"
    streaming: Streaming = "edits"

    @classmethod
    def from_json(cls, chosen: JSON) -> Self:
        """As it was kept; what is missing or makes no sense is as if it was never chosen."""
        fields = chosen if isinstance(chosen, dict) else {}
        language, answers_in, endpoint = map(fields.get, ("language", "answers_in", "endpoint"))
        formatting, streaming = fields.get("formatting"), fields.get("streaming")
        return cls(
            language if isinstance(language, str) and language in LANGUAGES else None,
            answers_in if isinstance(answers_in, str) and answers_in in LANGUAGES else None,
            endpoint
            if isinstance(endpoint, str) and 0 < len(endpoint) <= _LONGEST_ENDPOINT
            else None,
            formatting if formatting in FORMATTINGS else "classic",
            streaming if streaming in STREAMINGS else "edits",
        )

    def to_json(self) -> dict[str, JSON]:
        """As it is kept."""
        return {
            "language": self.language,
            "answers_in": self.answers_in,
            "endpoint": self.endpoint,
            "formatting": self.formatting,
            "streaming": self.streaming,
        }

    @property
    def instructions(self) -> str | None:
        """How the assistant is told what to answer in."""
        if self.answers_in is None:
            return None
        name = _ENGLISH_NAMES[self.answers_in]
        return (
            f"You are a helpful assistant. Answer in {name}, whatever language the question is in, "
            "unless it asks for another language or for a translation."
        )


@dataclass(frozen=True, slots=True)
class GroupChoices:
    """What the admins of a group chose for it."""

    memory: Memory = "shared"
    listening: Listening = "called"

    @classmethod
    def from_json(cls, chosen: JSON) -> Self:
        """As it was kept; what is missing or makes no sense is as if it was never chosen."""
        fields = chosen if isinstance(chosen, dict) else {}
        memory, listening = fields.get("memory"), fields.get("listening")
        return cls(
            memory if memory in MEMORIES else "shared",
            listening if listening in LISTENINGS else "called",
        )


async def choices_of(user: int, tx: Transaction) -> Choices:
    """What this person chose. Each choice is kept by itself, so that none undoes another."""
    return Choices.from_json(await tx.settings.of_user(user))


async def choices_of_group(chat: int, tx: Transaction) -> GroupChoices:
    """What was chosen for this group."""
    return GroupChoices.from_json(await tx.settings.of_chat(chat))


async def chosen_at(address: Address, user: int, tx: Transaction) -> dict[str, JSON]:
    """The settings that count here: in a group the group's, elsewhere the person's."""
    if address.is_group:
        return await tx.settings.of_chat(address.chat)
    return await tx.settings.of_user(user)


async def keep_at(address: Address, user: int, name: str, value: JSON, tx: Transaction) -> None:
    """Keep a setting where it counts; see `chosen_at`."""
    if address.is_group:
        await tx.settings.set_for_chat(address.chat, name, value)
    else:
        await tx.settings.set_for_user(user, name, value)


async def place_of(address: Address, user: int, tx: Transaction) -> Place:
    """Where this person talks with the assistant: with all others there, or alone."""
    place = Place(address.chat, address.topic or 0)
    if address.is_group and (await choices_of_group(address.chat, tx)).memory == "member":
        return replace(place, member_id=user)
    return place


T = TypeVar("T")

#: Seconds after which a choice is read again: another process may have changed it.
_READ_AGAIN_AFTER = 30.0
#: People and groups that are remembered. Who was quiet longest is forgotten first.
_REMEMBERED = 10_000


class _Lately(Generic[T]):
    """What was read lately, by number."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._read: OrderedDict[int, tuple[float, T]] = OrderedDict()

    def get(self, number: int) -> T | None:
        at, found = self._read.get(number, (0.0, None))
        is_fresh = self._clock.monotonic() - at <= _READ_AGAIN_AFTER
        return found if is_fresh else None

    def keep(self, number: int, found: T) -> T:
        self._read.pop(number, None)
        self._read[number] = (self._clock.monotonic(), found)
        if len(self._read) > _REMEMBERED:
            self._read.popitem(last=False)
        return found

    def forget(self, number: int) -> None:
        self._read.pop(number, None)


class Chosen:
    """Choices that are needed with every update, also with those that are not for the bot.

    They are remembered for half a minute, so that a busy group costs no statement for each of its
    messages. What was changed holds at once, because the other processes are told; after half a
    minute also in one that did not hear it. Where the database cannot be asked it is as if nothing
    was chosen.
    """

    def __init__(self, store: Store, clock: Clock, peers: Peers) -> None:
        self._store = store
        self._peers = peers
        peers.on("chosen", self._forget)
        self._people: _Lately[Choices] = _Lately(clock)
        self._groups: _Lately[GroupChoices] = _Lately(clock)

    async def language_of(self, user: int, told: str | None) -> str:
        """What to speak with this person; `told` is what their app says."""
        chosen = self._people.get(user)
        if chosen is None:
            try:
                async with self._store.read() as tx:
                    chosen = self._people.keep(user, await choices_of(user, tx))
            except StorageError as error:
                log.warning("choices not read", extra={"error": type(error).__name__})
                return closest(told)
        return chosen.language or closest(told)

    async def is_open_to_all(self, group: int) -> bool:
        """Whether every message in this group is answered, and not only those that call the bot."""
        chosen = self._groups.get(group)
        if chosen is None:
            async with self._store.read() as tx:
                chosen = self._groups.keep(group, await choices_of_group(group, tx))
        return chosen.listening == "everything"

    async def forget(self, number: int) -> None:
        """A person or a group has chosen: what was read before holds no longer, wherever it was."""
        self._forget(number)
        await self._peers.tell("chosen", number)

    def _forget(self, number: JSON) -> JSON:
        self._people.forget(cast("int", number))
        self._groups.forget(cast("int", number))
        return None
