"""What a person sees, reads and hears, and how they wait for it.

No wait is endless, and one that fails says what was there to see.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox.speech import UnhearableError, hear
from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.profile import Scope
from bot.sandbox.telegram.sight import PATIENCE, Eyes, NotSeenError, Read, describe, read, sees
from bot.sandbox.telegram.traces import Action, Draft
from bot.sandbox.telegram.world import Chat, User


class Senses:
    """The receiving half of a `Person`."""

    def __init__(self, cloud: Cloud, user: User) -> None:
        self.cloud = cloud
        self._eyes = Eyes(cloud, user)
        self.user = user

    @property
    def id(self) -> int:
        """The person's id, which is also that of the private chat."""
        return self.user.id

    @property
    def name(self) -> str:
        """The person's first name."""
        return self.user.first_name

    @property
    def chat(self) -> Chat:
        """The private chat with the bot."""
        return self.cloud.world.chats[self.id]

    def chat_in(self, group: Group | None) -> Chat:
        """Return a group's chat, or the private one where no group is named."""
        return group.chat if group else self.chat

    def places(self) -> list[int]:
        """Return the ids of the chats this person can look into."""
        chats = self.cloud.world.chats.values()
        return [chat.id for chat in chats if sees(self.cloud, self.user, chat)]

    async def reads(
        self,
        n: int = 1,
        *,
        in_: Group | None = None,
        when: Callable[[Read], bool] = lambda _: True,
        timeout: float = PATIENCE,  # noqa: ASYNC109  # The failure tells what was seen.
    ) -> list[Read]:
        """Wait until the bot has posted `n` new messages, and return them as they are then.

        New is what this person has not read before, anywhere, or in the group alone. With `when`
        only messages count that satisfy it, at once or after an edit. Raises `NotSeenError`.
        """
        group = in_.chat if in_ else None
        new = await self.cloud.changes.until(
            lambda: self._eyes.take(n, lambda chat: group in (None, chat), when),
            timeout,
            self.places,
        )
        if new is None:
            what = f"{self.name} waited {timeout:g} s for {n} new message(s)"
            raise NotSeenError(f"{what}; new is:\n{describe(self._eyes.unread())}")
        return new

    def was_whispered(self) -> list[str]:
        """Return the texts that were shown in groups to this person alone, oldest first."""
        return [one.text for one in self.cloud.whispers if one.person == self.user.id]

    def sees(self, *, in_: Group | None = None, topic: int | None = None) -> list[Read]:
        """Return what stands in a chat now, oldest first, without waiting; `topic` narrows it."""
        chat = self.chat_in(in_)
        if not sees(self.cloud, self.user, chat):
            return []
        return [
            read(self.cloud, one)
            for one in chat.messages.values()
            if not one.is_service and topic in (None, one.topic)
        ]

    async def sees_eventually(
        self,
        predicate: Callable[[list[Read]], object],
        timeout: float = PATIENCE,  # noqa: ASYNC109  # The failure tells what was seen.
        *,
        in_: Group | None = None,
    ) -> list[Read]:
        """Wait until what stands in a chat satisfies the predicate, and return it.

        A predicate that looks for a message that is not there yet (`IndexError`) is not satisfied
        yet. Raises `NotSeenError`.
        """

        def look() -> list[Read] | None:
            seen = self.sees(in_=in_)
            try:
                return seen if predicate(seen) else None
            except IndexError:
                return None

        found = await self.cloud.changes.until(look, timeout, self.places)
        if found is None:
            there = describe(self.sees(in_=in_))
            raise NotSeenError(f"{self.name} waited {timeout:g} s and sees:\n{there}")
        return found

    def sees_action(self, *, in_: Group | None = None, topic: int | None = None) -> str | None:
        """Return what the bot is seen doing now: `typing`, `record_voice` …"""
        return self.cloud.acting(self.chat_in(in_), topic)

    def saw_actions(self, *, in_: Group | None = None, topic: int | None = None) -> list[Action]:
        """Return all the bot was seen doing in a chat, oldest first; `topic` narrows it."""
        chat = self.chat_in(in_)
        if not sees(self.cloud, self.user, chat):
            return []
        return [
            one for one in self.cloud.acted if one.chat == chat.id and topic in (None, one.topic)
        ]

    async def hears(self, message: Read) -> str:
        """Listen to a voice note, an audio or a film, and return the words: "" for silence.

        Speech of the sandbox is heard exactly, any other as English, and not always well. Raises
        `ValueError` where there is no sound.
        """
        try:
            return await asyncio.to_thread(hear, message.file or b"")
        except UnhearableError as error:
            raise ValueError(f"{self.name} hears nothing in a {message.kind}: {error}") from error

    def sees_draft(self, *, topic: int | None = None) -> Draft | None:
        """Return the preview of a message the bot is still writing, in private."""
        return self.cloud.drafting(self.chat, topic)

    def sees_commands(self, *, in_: Group | None = None) -> list[Mapping[str, Any]]:
        """Return the menu of commands this person is offered in a chat."""
        chat = self.chat_in(in_)
        if chat.is_private:
            scopes: list[Scope] = [("chat", chat.id, None), ("all_private_chats", None, None)]
        else:
            admin = chat.member(self.user).is_admin
            scopes = [
                ("chat_member", chat.id, self.id),
                *([("chat_administrators", chat.id, None)] if admin else []),
                ("chat", chat.id, None),
                *([("all_chat_administrators", None, None)] if admin else []),
                ("all_group_chats", None, None),
            ]
        language = (self.user.language or "").partition("-")[0]
        return list(self.cloud.profile.menu(scopes, language))
