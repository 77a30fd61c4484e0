"""What people and groups chose about talking with the assistant."""

import logging
from dataclasses import dataclass, replace
from typing import Final, Literal, Self, get_args

from bot.conversation.phrases import LANGUAGES
from bot.conversation.surface import Address
from bot.conversation.tongues import TONGUES, named
from bot.conversation.translation_choices import (
    INTERPRETED,
    TRANSLATION,
    GroupTranslation,
    Pair,
    pair_from,
)
from bot.storage import JSON, Place, Transaction

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
