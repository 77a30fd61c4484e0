"""The cast of the demo: who is there, where they meet, and what a visitor can do as one of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.demo import shown, voice
from bot.sandbox.telegram import CallbackAnswer, Group, Person, Read, TelegramSandbox
from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.files import StoredFile
from bot.sandbox.telegram.people import LONGEST
from bot.sandbox.telegram.sight import sees
from bot.sandbox.telegram.utf16 import places
from bot.sandbox.telegram.world import GENERAL, Chat, Message, User

#: Seconds the bot gets to answer a pressed button.
PATIENCE = 15.0
#: Who is there, with the languages of their apps. The first is who a visitor is at the beginning.
PEOPLE = (("Anna", "en"), ("Bruno", "es"), ("Mei", "zh"))

Where = dict[str, Any]


class GoneError(Exception):
    """Something a visitor saw is not there any more; says what."""


@dataclass(slots=True)
class Stage:
    """The people and groups of one world, and everything that is shown of them."""

    cloud: Cloud
    people: dict[int, Person]
    groups: dict[int, Group]

    @classmethod
    async def set_up(cls, telegram: TelegramSandbox) -> "Stage":
        """Let everybody in, and found the two groups."""
        people = [
            telegram.person(name, language=language, username=f"{name.lower()}_porto")
            for name, language in PEOPLE
        ]
        trip = telegram.group("Trip to Porto", *people, telegram.bot)
        await trip.promote(telegram.bot)
        guide = telegram.group("Porto guide", *people, telegram.bot, forum=True)
        for topic in ("Food", "Trains"):
            await guide.open_topic(topic)
        groups = {one.id: one for one in (trip, guide)}
        return cls(people[0].cloud, {one.id: one for one in people}, groups)

    @property
    def bot(self) -> User:
        """The bot, as everybody sees it."""
        return self.cloud.bot

    # What somebody sees.

    def chats(self, person: Person) -> list[dict[str, Any]]:
        """Show the chats somebody is in: the private one first."""
        there = [person.chat, *(group.chat for group in self.groups.values())]
        return [
            shown.chat(self.cloud, one, person.user)
            for one in there
            if sees(self.cloud, person.user, one)
        ]

    def chat(self, person: Person, number: int) -> Chat:
        """Return a chat somebody is in. Raises `KeyError` for any other."""
        group = self.group(person, number)
        return group.chat if group else person.chat

    def group(self, person: Person, number: int) -> Group | None:
        """Return a group somebody is in, None for the private chat. Raises `KeyError`."""
        if number == person.id:
            return None
        group = self.groups[number]
        if not sees(self.cloud, person.user, group.chat):
            raise KeyError(number)
        return group

    def messages(
        self, chat: Chat, *, before: int | None, topic: int | None, is_topic: bool, limit: int
    ) -> tuple[list[dict[str, Any]], bool]:
        """Show the newest messages of a chat, oldest first, and say whether there are older ones.

        Only those below `before`, where it is given, and of one topic, where `is_topic`.
        """
        found: list[Message] = []
        for one in reversed(chat.messages.values()):
            if (before is None or one.id < before) and not (is_topic and one.topic != topic):
                found.append(one)
                if len(found) > limit:
                    break
        return [shown.message(one) for one in reversed(found[:limit])], len(found) > limit

    def file(self, number: str) -> StoredFile:
        """Return a file by its id. Raises `KeyError`."""
        return self.cloud.files.by_id[number]

    # What somebody does.

    async def say(self, person: Person, where: Where, text: str) -> Message:
        """Write; a text that is too long for one message becomes several, as in Telegram's apps."""
        said = [await person.says(piece, **where) for piece in pieces(text)]
        return self.seen(said[-1])

    async def send(
        self, person: Person, where: Where, kind: str, file: bytes, told: Mapping[str, Any]
    ) -> Message:
        """Send a file. Raises `UnhearableError` for a voice note that is no sound."""
        if kind == "voice":
            file = await asyncio.to_thread(voice.voice_note, file)
            told = {**told, "file_name": "voice.ogg", "mime_type": "audio/ogg"}
        given: dict[str, Any] = {**told, **where, kind: file}
        return self.seen(await person.sends(**given))

    async def press(
        self, person: Person, group: Group | None, message: int, data: str
    ) -> CallbackAnswer | None:
        """Press the button with this data, and wait for the bot; None where it says nothing.

        Raises `GoneError` where the message or the button is gone.
        """
        there = person.chat_in(group).messages.get(message)
        rows = there.keyboard["inline_keyboard"] if there and there.keyboard else ()
        if not any(button.get("callback_data") == data for row in rows for button in row):
            raise GoneError("This button is not there any more.")
        return await person.forges(data, message, in_=group, timeout=PATIENCE)

    def seen(self, read: Read) -> Message:
        """Return the message behind what somebody has read of it."""
        return self.cloud.world.chats[read.chat].messages[read.id]


def pieces(text: str) -> list[str]:
    """Cut a text into messages: at the end of a line or a word, where there is one.

    >>> [len(piece) for piece in pieces("word " * 1000)]
    [4095, 905]
    """
    found = []
    while (steps := places(text))[-1] > LONGEST:
        most = next(n for n, place in enumerate(steps) if place > LONGEST) - 1
        cut = max(text.rfind("\n", 0, most), text.rfind(" ", 0, most)) + 1
        cut = cut if cut > most // 2 else most
        found.append(text[:cut])
        text = text[cut:]
    return [*found, text]


def topic_of(value: object) -> int | None:
    """Return the topic a message goes to, None for General. Raises `ValueError`."""
    if value in (None, "", "general"):
        return None
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("a topic is a number")
    return None if value == GENERAL else value
