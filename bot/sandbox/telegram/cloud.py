"""Everything Telegram remembers, and the few things that happen to messages.

The methods of the bot and the deeds of people both end here: a message is posted, edited or
deleted in one place, which tells the bot what it may know and wakes whoever waits.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bot.sandbox.telegram.behaviours import Switchboard
from bot.sandbox.telegram.changes import Changes
from bot.sandbox.telegram.files import Files
from bot.sandbox.telegram.limits import Flood
from bot.sandbox.telegram.privacy import reaches
from bot.sandbox.telegram.profile import Profile
from bot.sandbox.telegram.traces import Action, Call, Draft, Press, Violation, Whisper
from bot.sandbox.telegram.updates import DAY, PRESS_LIFE, Updates
from bot.sandbox.telegram.views import chat_json, message_json, user_json
from bot.sandbox.telegram.webhook import Obey, Webhook
from bot.sandbox.telegram.witness import Witness
from bot.sandbox.telegram.world import Chat, Clock, Content, Message, User, Version, World

ACTION_LIFE = timedelta(seconds=5)
DRAFT_LIFE = timedelta(seconds=30)


@dataclass(slots=True)
class Cloud:
    """The world, the bot's mailbox, and what was seen of the bot."""

    clock: Clock
    token: str
    world: World
    updates: Updates
    changes: Changes
    flood: Flood
    #: Does the method a webhook's answer asks for.
    obey: Obey
    #: Whether the bot's privacy mode is on.
    privacy: bool = True
    #: Whether private chats have topics.
    private_topics: bool = False
    #: Whether the server is new enough for messages that one of a group sees. One that is not
    #: shows them to everybody.
    knows_whispers: bool = False
    witness: Witness = field(default_factory=Witness)
    board: Switchboard = field(default_factory=Switchboard)
    files: Files = field(default_factory=Files)
    profile: Profile = field(default_factory=Profile)
    #: The last calls and violations; a sandbox may run for weeks.
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=20_000))
    violations: deque[Violation] = field(default_factory=lambda: deque(maxlen=20_000))
    #: The webhook that was set last; it may have gone.
    last_webhook: Webhook | None = None
    #: How long the pauses between deliveries to a webhook are, next to Telegram's.
    retry_pace: float = 1.0
    #: The call whose method is at work just now.
    current: Call | None = None
    #: What the bot has posted, oldest first.
    posted: list[Message] = field(default_factory=list)
    presses: dict[str, Press] = field(default_factory=dict)
    whispers: list[Whisper] = field(default_factory=list)
    actions: dict[tuple[int, int | None], tuple[str, datetime]] = field(default_factory=dict)
    #: The last actions, those that are over too.
    acted: deque[Action] = field(default_factory=lambda: deque(maxlen=20_000))
    drafts: dict[tuple[int, int | None], Draft] = field(default_factory=dict)
    album_ids: Iterator[int] = field(default_factory=lambda: count(13_000_000_000_000_001))
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _press_ids: Iterator[int] = field(default_factory=lambda: count(7_000_000_000_001))

    @property
    def webhook(self) -> Webhook | None:
        """Where updates go, if they do not wait to be polled."""
        return None if self.last_webhook and self.last_webhook.is_gone else self.last_webhook

    @property
    def bot(self) -> User:
        """The bot itself."""
        return self.world.bot

    def record(self, method: str, parameters: Mapping[str, Any]) -> Call:
        """Remember a call that has just come."""
        call = Call(next(self._numbers), method, parameters, self.clock())
        self.calls.append(call)
        return call

    def remark(self, what: str) -> None:
        """Write down something about the current call that Telegram goes on without."""
        if self.current:
            self.violations.append(Violation("ignored", what, self.current))

    def post(
        self,
        chat: Chat,
        sender: User,
        content: Content,
        *,
        topic: int | None = None,
        begins_topic: bool = False,
        reply_to: Message | None = None,
        keyboard: Content | None = None,
        extras: Content | None = None,
    ) -> Message:
        """Post a message, and tell the bot if it is somebody else's and may be seen by it."""
        now = self.clock()
        version = Version(now, content, keyboard)
        number = next(chat.next_message)
        if begins_topic:
            topic = number
        message = Message(number, chat, sender, [version], topic, reply_to, extras or {})
        chat.messages[message.id] = message
        if sender is self.bot:
            self.posted.append(message)
            # What was announced has come.
            self.actions.pop((chat.id, topic), None)
            self.take_draft(chat, topic)
        elif reaches(self.bot, message, privacy=self.privacy):
            self.updates.add("message", message_json(message), queue=chat.id)
        if sender.is_bot:
            chat.last_bot = sender
        self.tell_of(message)
        return message

    def edit(self, message: Message, content: Content, keyboard: Content | None) -> None:
        """Give a message new content, and tell the bot if it is not its own."""
        now = self.clock()
        message.versions.append(Version(now, content, keyboard))
        if message.sender is not self.bot:
            message.edited_at = now
            if reaches(self.bot, message, privacy=self.privacy):
                self.updates.add("edited_message", message_json(message), queue=message.chat.id)
        elif content != message.versions[-2].content:
            message.edited_at = now  # A new keyboard alone does not make a message edited.
        self.tell_of(message)

    def delete(self, message: Message) -> None:
        """Take a message away. Telegram never tells bots about that."""
        message.is_deleted = True
        message.chat.messages.pop(message.id, None)
        self.tell_of(message)

    def react(self, message: Message, who: User, reactions: Sequence[Content]) -> None:
        """Put somebody's reactions on a message, or take them off.

        The bot hears of those of people where it is an administrator, and in private.
        """
        old = message.reactions.pop(who.id, ())
        if reactions:
            message.reactions[who.id] = reactions
        chat = message.chat
        if who is not self.bot and (chat.is_private or chat.member(self.bot).is_admin):
            body = {
                "chat": chat_json(chat),
                "message_id": message.id,
                "user": user_json(who),
                "date": int(self.clock().timestamp()),
                "old_reaction": list(old),
                "new_reaction": list(reactions),
            }
            self.updates.add("message_reaction", body, queue=chat.id)
        self.tell_of(message)

    def tell_of(self, message: Message) -> None:
        """Tell whoever looks or waits that a message is new or has changed."""
        message.changed = self.changes.tell(message.chat.id)
        self.witness.sees(message)

    def press(self, person: User, message: Message, data: str) -> Press:
        """Let somebody press a button; the bot has 150 seconds to hear of it and to answer."""
        press = Press(str(next(self._press_ids)), person, self.clock())
        self.presses[press.id] = press
        query = {
            "id": press.id,
            "from": user_json(person),
            "message": message_json(message),
            "chat_instance": str(abs(message.chat.id) * 7919),
            "data": data,
        }
        self.updates.add("callback_query", query, queue=f"user {person.id}", life=PRESS_LIFE)
        return press

    def tell(self, kind: str, chat: Chat, sender: User, details: Content) -> None:
        """Tell the bot what somebody did to a chat."""
        body = {
            "chat": chat_json(chat),
            "from": user_json(sender),
            "date": int(self.clock().timestamp()),
            **details,
        }
        self.updates.add(kind, body, queue=chat.id, life=DAY)

    def act(self, chat: Chat, topic: int | None, action: str) -> None:
        """Show what the bot is doing."""
        now = self.clock()
        self.actions[chat.id, topic] = (action, now + ACTION_LIFE)
        self.acted.append(Action(action, now, chat.id, topic))
        self.changes.tell(chat.id)
        self.witness.sees_action(self.acted[-1])

    def acting(self, chat: Chat, topic: int | None) -> str | None:
        """Return what the bot is seen doing in a chat, such as `typing`."""
        action, until = self.actions.get((chat.id, topic), ("", self.clock()))
        return action if until > self.clock() else None

    def drafting(self, chat: Chat, topic: int | None) -> Draft | None:
        """Return the preview that is shown in a chat, if any."""
        draft = self.drafts.get((chat.id, topic))
        return draft if draft and draft.until > self.clock() else None

    def draw(self, chat: Chat, topic: int | None, draft: Draft) -> None:
        """Show the preview of a message."""
        self.drafts[chat.id, topic] = draft
        self.changes.tell(chat.id)
        self.witness.sees_draft(chat.id, topic, draft)

    def take_draft(self, chat: Chat, topic: int | None) -> None:
        """Take the preview away, if there is one."""
        if self.drafts.pop((chat.id, topic), None):
            self.changes.tell(chat.id)
            self.witness.sees_draft(chat.id, topic, None)
