"""Groups as their owner runs them: members, rights, topics, the move to a supergroup."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from bot.sandbox.telegram import forum, membership
from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.views import ADMIN_RIGHTS
from bot.sandbox.telegram.world import Chat, Status, User


class Somebody(Protocol):
    """Who can be in a group: a person, or the bot."""

    @property
    def user(self) -> User:
        """As whom Telegram knows them."""


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot, as somebody to add to groups."""

    user: User


class Group:
    """A group or supergroup. What is done to it is done by its owner unless `by` says who."""

    def __init__(self, cloud: Cloud, chat: Chat, owner: User) -> None:
        self._cloud = cloud
        self._first = chat
        self._owner = owner

    @property
    def chat(self) -> Chat:
        """The group as it is now, wherever it has moved."""
        return self._first.migrated_to or self._first

    @property
    def ids(self) -> set[int]:
        """Every id the group ever had."""
        return {self._first.id, self.chat.id}

    @property
    def id(self) -> int:
        """The id of the chat; another one after `migrate`."""
        return self.chat.id

    async def add(self, who: Somebody, *, by: Somebody | None = None) -> None:
        """Bring somebody in."""
        self.change(who, "member", by=by)

    async def remove(self, who: Somebody, *, by: Somebody | None = None) -> None:
        """Throw somebody out."""
        self.change(who, "kicked", by=by)

    async def promote(
        self,
        who: Somebody,
        *rights: str,
        by: Somebody | None = None,
    ) -> None:
        """Make somebody an administrator, with these rights or the usual ones."""
        self.change(who, "administrator", rights or ADMIN_RIGHTS, by=by)

    async def demote(self, who: Somebody, *, by: Somebody | None = None) -> None:
        """Make an administrator a plain member again, or lift a restriction."""
        self.change(who, "member", by=by)

    async def restrict(self, who: Somebody, *rights: str, by: Somebody | None = None) -> None:
        """Leave somebody only these rights (`can_send_messages` …); without any, none."""
        self.change(who, "restricted", rights, by=by)

    async def rename(self, title: str) -> None:
        """Give the group another title."""
        self.chat.title = title
        self._cloud.post(self.chat, self._owner, {"new_chat_title": title})

    async def open_topic(self, name: str) -> int:
        """Begin a topic, and return its id. Raises `ValueError` where the group is no forum."""
        if not self.chat.is_forum:
            raise ValueError(f"{self.chat.title} is no forum")
        return forum.open_topic(self._cloud, self.chat, name, by=self._owner).id

    async def close_topic(self, topic: int) -> None:
        """Close a topic: only administrators write in it."""
        chat = self.chat
        forum.set_closed(self._cloud, chat, chat.topics[topic], by=self._owner, closed=True)

    async def reopen_topic(self, topic: int) -> None:
        """Open a closed topic."""
        chat = self.chat
        forum.set_closed(self._cloud, chat, chat.topics[topic], by=self._owner, closed=False)

    async def delete_topic(self, topic: int) -> None:
        """Delete a topic and everything in it."""
        forum.remove_topic(self._cloud, self.chat, self.chat.topics[topic])

    async def migrate(self) -> int:
        """Make the group a supergroup, and return its new id.

        Raises `ValueError` where it is one already.
        """
        if self.chat.type != "group":
            raise ValueError(f"{self.chat.title} is a supergroup already")
        return membership.migrate(self._cloud, self.chat, self._owner).id

    def change(
        self,
        who: Somebody,
        status: Status,
        rights: Iterable[str] = (),
        *,
        by: Somebody | None = None,
    ) -> None:
        """Give somebody a status, with all that Telegram says about it."""
        doer = by.user if by else self._owner
        membership.change_member(self._cloud, self.chat, who.user, status, by=doer, rights=rights)
