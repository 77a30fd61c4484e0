"""What people and groups chose about talking with the assistant."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Final, Generic, Literal, Self, TypeVar, cast, get_args

from bot.clock import Clock
from bot.conversation.peers import Peers
from bot.conversation.phrases import LANGUAGES, closest
from bot.conversation.surface import Address
from bot.conversation.tongues import TONGUES, named
from bot.conversation.translation_choices import (
    INTERPRETED,
    TRANSLATION,
    GroupTranslation,
    Pair,
    pair_from,
)
from bot.storage import JSON, Place, StorageError, Store, Transaction

log = logging.getLogger(__name__)

#: One memory for everybody in a group, or one for each member.
Memory = Literal["shared", "member"]
#: What is answered in a group: commands, mentions and replies, or every message.
Listening = Literal["called", "everything"]
#: Who chooses for a group: its admins alone, or everybody there.
Deciding = Literal["admins", "everybody"]

#: How an answer looks: as every app shows it, or with tables and formulas drawn.
Formatting = Literal["classic", "rich"]
#: How it grows: as a message that is edited, or as a draft.
Streaming = Literal["edits", "drafts"]

FORMATTINGS: Final[tuple[Formatting, ...]] = get_args(Formatting)
STREAMINGS: Final[tuple[Streaming, ...]] = get_args(Streaming)
MEMORIES: Final[tuple[Memory, ...]] = get_args(Memory)
LISTENINGS: Final[tuple[Listening, ...]] = get_args(Listening)
DECIDINGS: Final[tuple[Deciding, ...]] = get_args(Deciding)

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
    #: The tongue that they read translations in.
    reads: str | None = None
    #: Whether groups may have what they write translated.
    is_translated: bool = True

    @classmethod
    def from_json(cls, chosen: JSON) -> Self:
        """As it was kept; what is missing or makes no sense is as if it was never chosen."""
        fields = chosen if isinstance(chosen, dict) else {}
        language, answers_in, endpoint = map(fields.get, ("language", "answers_in", "endpoint"))
        formatting, streaming = fields.get("formatting"), fields.get("streaming")
        reads = fields.get("reads")
        return cls(
            language if isinstance(language, str) and language in LANGUAGES else None,
            answers_in if isinstance(answers_in, str) and answers_in in LANGUAGES else None,
            endpoint
            if isinstance(endpoint, str) and 0 < len(endpoint) <= _LONGEST_ENDPOINT
            else None,
            formatting if formatting in FORMATTINGS else "classic",
            streaming if streaming in STREAMINGS else "edits",
            reads if isinstance(reads, str) and reads in TONGUES else None,
            fields.get("is_translated") is not False,
        )

    def to_json(self) -> dict[str, JSON]:
        """As it is kept."""
        return {
            "language": self.language,
            "answers_in": self.answers_in,
            "endpoint": self.endpoint,
            "formatting": self.formatting,
            "streaming": self.streaming,
            "reads": self.reads,
            "is_translated": self.is_translated,
        }

    def tongue(self, told: str | None) -> str:
        """What they read: as they chose, else as they are spoken to, else as `told` by their app.

        Apps speak more languages than the bot does.
        """
        return self.reads or self.language or (tongue_of(told) if told else None) or "en"

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
    """What was chosen for a group."""

    memory: Memory = "shared"
    listening: Listening = "called"
    deciding: Deciding = "admins"

    @classmethod
    def from_json(cls, chosen: JSON) -> Self:
        """As it was kept; what is missing or makes no sense is as if it was never chosen."""
        fields = chosen if isinstance(chosen, dict) else {}
        memory, listening, deciding = map(fields.get, ("memory", "listening", "deciding"))
        return cls(
            memory if memory in MEMORIES else "shared",
            listening if listening in LISTENINGS else "called",
            deciding if deciding in DECIDINGS else "admins",
        )


def tongue_of(tag: str) -> str | None:
    """The tongue of an IETF tag, if it is one of those we know."""
    main = tag.replace("_", "-").partition("-")[0].lower()
    return main if main in TONGUES else named(main)


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


async def translation_at(address: Address, tx: Transaction) -> GroupTranslation:
    """What is translated by itself here: as was chosen for the topic, else for all of the chat."""
    chosen = await tx.settings.of_chat(address.chat, address.topic or 0)
    if TRANSLATION not in chosen and address.topic is not None:
        chosen = await tx.settings.of_chat(address.chat)
    return GroupTranslation.from_json(chosen.get(TRANSLATION))


async def interpreted_at(address: Address, tx: Transaction) -> Pair | None:
    """Between which tongues voice notes are interpreted here, in this very topic or chat."""
    chosen = await tx.settings.of_chat(address.chat, address.topic or 0)
    return pair_from(chosen.get(INTERPRETED))


K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

#: Seconds after which a choice is read again: another process may have changed it.
_READ_AGAIN_AFTER = 30.0
#: People and groups that are remembered. Who was quiet longest is forgotten first.
_REMEMBERED = 10_000


class _Lately(Generic[K, T]):
    """What was read lately, by whose it is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._read: OrderedDict[K, tuple[float, T]] = OrderedDict()

    def get(self, whose: K) -> T | None:
        at, found = self._read.get(whose, (0.0, None))
        is_fresh = self._clock.monotonic() - at <= _READ_AGAIN_AFTER
        return found if is_fresh else None

    def keep(self, whose: K, found: T) -> T:
        self._read.pop(whose, None)
        self._read[whose] = (self._clock.monotonic(), found)
        if len(self._read) > _REMEMBERED:
            self._read.popitem(last=False)
        return found

    def forget(self, whose: K) -> None:
        self._read.pop(whose, None)

    def forget_all(self, is_meant: Callable[[K], bool]) -> None:
        for whose in [each for each in self._read if is_meant(each)]:
            self.forget(whose)


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
        self._people: _Lately[int, Choices] = _Lately(clock)
        self._groups: _Lately[int, GroupChoices] = _Lately(clock)
        self._translations: _Lately[Address, GroupTranslation] = _Lately(clock)
        # Empty where nothing is interpreted.
        self._interpreted: _Lately[Address, Pair | tuple[()]] = _Lately(clock)

    async def language_of(self, user: int, told: str | None) -> str:
        """What to speak with this person; `told` is what their app says."""
        try:
            chosen = await self.of(user)
        except StorageError as error:
            log.warning("choices not read", extra={"error": type(error).__name__})
            return closest(told)
        return chosen.language or closest(told)

    async def of(self, user: int) -> Choices:
        """What this person chose. Raises `StorageError`."""
        chosen = self._people.get(user)
        if chosen is None:
            async with self._store.read() as tx:
                chosen = self._people.keep(user, await choices_of(user, tx))
        return chosen

    async def translation_at(self, address: Address) -> GroupTranslation:
        """What is translated by itself in this place. Raises `StorageError`."""
        chosen = self._translations.get(address)
        if chosen is None:
            async with self._store.read() as tx:
                found = await translation_at(address, tx)
            chosen = self._translations.keep(address, found)
        return chosen

    async def interpreted_at(self, address: Address) -> Pair | None:
        """Between which tongues voice notes are interpreted here. Raises `StorageError`."""
        chosen = self._interpreted.get(address)
        if chosen is None:
            async with self._store.read() as tx:
                found = await interpreted_at(address, tx)
            chosen = self._interpreted.keep(address, found or ())
        return chosen or None

    async def is_open_to_all(self, group: int) -> bool:
        """Whether every message in this group is answered, and not only those that call the bot."""
        return (await self.of_group(group)).listening == "everything"

    async def is_decided_by_all(self, group: int) -> bool:
        """Whether everybody in this group chooses for it, and not only its admins."""
        return (await self.of_group(group)).deciding == "everybody"

    async def of_group(self, group: int) -> GroupChoices:
        """What was chosen for this group. Raises `StorageError`."""
        chosen = self._groups.get(group)
        if chosen is None:
            async with self._store.read() as tx:
                chosen = self._groups.keep(group, await choices_of_group(group, tx))
        return chosen

    async def forget(self, number: int) -> None:
        """A person or a group has chosen: what was read before holds no longer, wherever it was."""
        self._forget(number)
        await self._peers.tell("chosen", number)

    def _forget(self, number: JSON) -> JSON:
        self._people.forget(cast("int", number))
        self._groups.forget(cast("int", number))
        for remembered in (self._translations, self._interpreted):
            remembered.forget_all(lambda address: address.chat == number)
        return None
