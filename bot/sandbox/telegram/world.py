"""Who and what there is on Telegram: users, chats, members, topics, messages. State, no behaviour
beyond keeping itself consistent; nothing here knows of HTTP or of updates.

There is one bot. People and groups are made as they are needed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Literal

Clock = Callable[[], datetime]
Content = Mapping[str, Any]
Status = Literal["creator", "administrator", "member", "restricted", "left", "kicked"]

#: A topic's messages carry its id; messages of the General topic of a forum carry none.
GENERAL = 1
# Telegram's ids of supergroups are their own number behind this one.
_SUPERGROUP = -1_000_000_000_000


def utc_now() -> datetime:
    """Return the time, as Telegram's clock shows it unless another is handed in."""
    return datetime.now(UTC)


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot."""

    id: int
    first_name: str
    username: str | None = None
    language: str | None = None
    last_name: str | None = None
    is_bot: bool = False
    #: The account was deleted; nobody can write to it.
    is_deactivated: bool = False
    #: The person's settings refuse voice and video messages.
    forbids_voice: bool = False


@dataclass(slots=True, eq=False)
class Member:
    """A user in a group, or one who was."""

    user: User
    status: Status = "member"
    #: What an administrator may do, or a restricted member still may: `can_…`.
    rights: frozenset[str] = frozenset()

    @property
    def is_inside(self) -> bool:
        """Whether the user is in the group now."""
        return self.status not in ("left", "kicked")

    @property
    def is_admin(self) -> bool:
        """Whether the user runs the group."""
        return self.status in ("creator", "administrator")


@dataclass(slots=True, eq=False)
class Topic:
    """A topic of a forum, or of a private chat that has topics."""

    id: int
    name: str
    icon_color: int = 0x6FB9F0
    icon_emoji: str | None = None
    is_closed: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said from one moment on."""

    at: datetime
    content: Content
    keyboard: Content | None = None


@dataclass(slots=True, eq=False)
class Message:
    """A message and everything it ever said."""

    id: int
    chat: "Chat"
    sender: User
    versions: list[Version]
    topic: int | None = None
    reply_to: "Message | None" = None
    #: Fields that do not change with the content: `forward_origin`, `quote`, `media_group_id` …
    extras: Content = field(default_factory=dict)
    edited_at: datetime | None = None
    is_deleted: bool = False
    #: What is put on it, by whom.
    reactions: dict[int, Sequence[Content]] = field(default_factory=dict)
    #: Counts every change of this message among all changes of the world.
    changed: int = 0

    @property
    def content(self) -> Content:
        """What it says now: fields of the Bot API's `Message`, such as `text` and `entities`."""
        return self.versions[-1].content

    @property
    def keyboard(self) -> Content | None:
        """The inline keyboard under it now, if any."""
        return self.versions[-1].keyboard

    @property
    def date(self) -> datetime:
        """When it was posted."""
        return self.versions[0].at

    @property
    def kind(self) -> str:
        """What it is: `text`, `voice`, `document` …, or the field of a service message."""
        return next(iter(self.content))

    @property
    def is_service(self) -> bool:
        """Whether Telegram itself tells what happened in the chat."""
        return self.kind in SERVICE_KINDS


#: Fields of `Message` that make it a service message, as far as they happen here.
SERVICE_KINDS = frozenset(
    {
        "new_chat_members", "left_chat_member", "new_chat_title", "group_chat_created",
        "supergroup_chat_created", "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message",
        "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
        "general_forum_topic_hidden", "general_forum_topic_unhidden",
    }
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat with the bot, a group or a supergroup."""

    id: int
    type: Literal["private", "group", "supergroup"]
    title: str = ""
    #: The person of a private chat.
    person: User | None = None
    members: dict[int, Member] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    is_forum: bool = False
    #: The supergroup this group has become.
    migrated_to: "Chat | None" = None
    #: A private chat begins when the person first writes; the bot cannot begin it.
    is_started: bool = False
    is_blocked: bool = False
    description: str = ""
    pinned: list[int] = field(default_factory=list)
    #: The bot that wrote last, for bare commands.
    last_bot: User | None = None
    next_message: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def is_private(self) -> bool:
        """Whether it is a chat of one person with the bot."""
        return self.type == "private"

    def member(self, user: User) -> Member:
        """Return a user's membership; one who was never inside has left."""
        return self.members.get(user.id) or Member(user, "left")


@dataclass(slots=True)
class World:
    """Everybody and everything. Ids are given in order: the same deeds give the same ids.

    Messages are numbered above `after`.
    """

    bot: User
    after: int = 0
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    _people: Iterator[int] = field(default_factory=lambda: count(1_000_001))
    _groups: Iterator[int] = field(default_factory=lambda: count(4_000_001))
    _supergroups: Iterator[int] = field(default_factory=lambda: count(1_600_000_001))
    # Private chats and basic groups number their messages together, as they do for every account
    # of Telegram; supergroups count for themselves. The account is not brand-new, so that no topic
    # of a private chat, which has the id of a message, is taken for the General topic.
    _messages: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self._messages = count(self.after + 101)

    def add_user(self, first_name: str, **details: Any) -> User:
        """Let somebody be born; the private chat exists, and has not begun."""
        user = User(next(self._people), first_name, **details)
        self.users[user.id] = user
        self.chats[user.id] = Chat(user.id, "private", person=user, next_message=self._messages)
        return user

    def add_group(self, title: str, *, supergroup: bool, forum: bool = False) -> Chat:
        """Make an empty group."""
        if supergroup or forum:
            number = _SUPERGROUP - next(self._supergroups)
            own = count(self.after + 1)
            chat = Chat(number, "supergroup", title, is_forum=forum, next_message=own)
        else:
            chat = Chat(-next(self._groups), "group", title, next_message=self._messages)
        if forum:
            # Its first message is the one that says it was made; no topic has the id of General.
            chat.topics[GENERAL] = Topic(GENERAL, "General")
            chat.next_message = count(GENERAL + 1)
        self.chats[chat.id] = chat
        return chat
