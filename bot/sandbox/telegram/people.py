"""People: they say, press, send and read, and the bot cannot tell them from real ones.

What a person does is awaited and has happened when it returns; what the bot makes of it is waited
for with `reads`, `sees_eventually` and the answer of `presses`. No wait is endless, and one that
fails says what was there to see.
"""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.telegram import membership, recording
from bot.sandbox.telegram.entities import settle
from bot.sandbox.telegram.forum import open_topic
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.methods.media import forwarded
from bot.sandbox.telegram.senses import Senses
from bot.sandbox.telegram.sight import (
    PATIENCE,
    CallbackAnswer,
    NotSeenError,
    Read,
    describe,
    read,
    sees,
)
from bot.sandbox.telegram.traces import Press
from bot.sandbox.telegram.utf16 import units
from bot.sandbox.telegram.views import chat_json, message_json
from bot.sandbox.telegram.world import GENERAL, Chat, Message

LONGEST = 4096  # UTF-16 units; Telegram's apps cut longer texts into several messages


class Person(Senses):
    """Somebody on Telegram, with a private chat with the bot."""

    async def says(
        self,
        text: str,
        *,
        in_: Group | None = None,
        topic: int | None = None,
        reply_to: "Read | int | None" = None,
    ) -> Read:
        """Write a message, in private or in a group. Returns it as everybody sees it.

        Raises `ValueError` where Telegram's apps would not let it be sent: too long, to a blocked
        bot, in a group the person is not in, in a topic that is closed or not there.
        """
        text, entities, _ = settle(text)
        if not 1 <= units(text) <= LONGEST:
            raise ValueError(f"a message has 1 to {LONGEST} UTF-16 units of text")
        content = {"text": text, "entities": entities} if entities else {"text": text}
        return self._post(content, in_, topic, reply_to)

    async def sends(
        self,
        *,
        caption: str = "",
        file_name: str | None = None,
        mime_type: str | None = None,
        duration: int | None = None,
        in_: Group | None = None,
        topic: int | None = None,
        reply_to: "Read | int | None" = None,
        **file: bytes,
    ) -> Read:
        """Send a file: `voice`, `audio`, `document`, `photo`, `video`, `video_note` or `sticker`.

        The duration of sound is measured unless it is told, in seconds.
        """
        content = await recording.content(self.cloud, file, file_name, mime_type, duration)
        return self._post(content | _captioned(caption), in_, topic, reply_to)

    async def sends_album(
        self,
        *pieces: Mapping[str, Any],
        in_: Group | None = None,
        topic: int | None = None,
        reply_to: "Read | int | None" = None,
    ) -> list[Read]:
        """Send two to ten files as one album: each a mapping of what `sends` takes of a file.

        The bot gets a message of each, at once.
        """
        if not 2 <= len(pieces) <= 10:
            raise ValueError("an album has 2 to 10 files")
        contents = []
        for piece in pieces:
            told = {name: piece.get(name) for name in ("file_name", "mime_type", "duration")}
            file = {name: v for name, v in piece.items() if name not in (*told, "caption")}
            content = await recording.content(self.cloud, file, *told.values())
            contents.append(content | _captioned(piece.get("caption", "")))
        album = {"media_group_id": str(next(self.cloud.album_ids))}
        return [self._post(content, in_, topic, reply_to, album) for content in contents]

    async def speaks(self, text: str, *, language: str | None = None, **where: Any) -> Read:
        """Send a voice note in which a synthetic voice says the text; `where` as for `says`."""
        return await self.sends(voice=await recording.speak(text, language), **where)

    async def edits(self, message: "Read | int", text: str, *, in_: Group | None = None) -> Read:
        """Change a message of one's own."""
        mine = self._message(message, in_)
        if mine.sender is not self.user:
            raise ValueError(f"{self.name} did not write this message")
        text, entities, _ = settle(text)
        name = "text" if mine.kind == "text" else "caption"
        marks = "entities" if name == "text" else "caption_entities"
        content = {n: v for n, v in mine.content.items() if n not in (name, marks)}
        # What a message is comes first in its content: a text, or the file above the caption.
        content[name] = text
        if entities:
            content[marks] = entities
        self.cloud.edit(mine, content, mine.keyboard)
        return read(self.cloud, mine)

    async def deletes(self, message: "Read | int", *, in_: Group | None = None) -> None:
        """Take a message away; in private also one of the bot's. The bot is not told."""
        self.cloud.delete(self._message(message, in_))

    async def reacts(
        self, message: "Read | int", emoji: str | None, *, in_: Group | None = None
    ) -> None:
        """Put an emoji on a message, in place of one's last; None takes it off."""
        reaction = [{"type": "emoji", "emoji": emoji}] if emoji else []
        self.cloud.react(self._message(message, in_), self.user, reaction)

    async def pins(self, message: "Read | int", *, in_: Group | None = None) -> None:
        """Pin a message, which the chat is told."""
        pinned = self._message(message, in_)
        pinned.chat.pinned.append(pinned.id)
        shown = message_json(pinned, with_reply=False)
        self.cloud.post(pinned.chat, self.user, {"pinned_message": shown}, topic=pinned.topic)

    async def forwards(
        self,
        message: "Read | int",
        *,
        to: Group | None = None,
        from_: Group | None = None,
        topic: int | None = None,
    ) -> Read:
        """Forward a message, to the bot in private unless `to` names a group."""
        original = self._message(message, from_)
        return self._post(original.content, to, topic, None, forwarded(original))

    async def presses(
        self,
        label: str,
        *,
        message: "Read | int | None" = None,
        in_: Group | None = None,
        timeout: float = PATIENCE,  # noqa: ASYNC109  # It bounds two waits one after the other.
    ) -> CallbackAnswer | None:
        """Press the button with this label: that of the message, or the newest one in sight.

        Waits for the button to be there, and then for the bot's answer; None if none came in time.
        Raises `NotSeenError` when there is no such button.
        """

        def button() -> tuple[Message, str] | None:
            return self._button(label, message, in_)

        found = await self.cloud.changes.until(button, timeout, self.places)
        if found is None:
            there = describe(self.sees(in_=in_))
            raise NotSeenError(f"{self.name} found no button {label!r} among:\n{there}")
        return await self._answer(self.cloud.press(self.user, *found), timeout)

    async def forges(
        self,
        callback_data: str,
        message: "Read | int",
        *,
        in_: Group | None = None,
        timeout: float = PATIENCE,  # noqa: ASYNC109  # As for `presses`.
    ) -> CallbackAnswer | None:
        """Press a button that is not there, with any data, as a changed app can."""
        press = self.cloud.press(self.user, self._message(message, in_), callback_data)
        return await self._answer(press, timeout)

    async def stops(self, *, topic: int | None = None) -> None:
        """Press Stop under the draft that is shown. Raises `NotSeenError` where there is none."""
        draft = self.sees_draft(topic=topic)
        if draft is None or not draft.can_stop:
            raise NotSeenError(f"{self.name} sees no draft that can be stopped")
        stopped: dict[str, Any] = {"draft_id": draft.id, "chat": chat_json(self.chat)}
        if topic is not None:
            stopped["message_thread_id"] = topic
        self.cloud.updates.add("stopped_message_generation", stopped, queue=self.id)
        self.cloud.take_draft(self.chat, topic)

    async def blocks(self) -> None:
        """Block the bot."""
        membership.change_block(self.cloud, self.chat, self.user, blocked=True)

    async def unblocks(self) -> None:
        """Unblock the bot."""
        membership.change_block(self.cloud, self.chat, self.user, blocked=False)

    async def forbids_voice(self) -> None:
        """Refuse voice and video messages from now on, as Telegram's Premium settings allow."""
        self.user.forbids_voice = True

    async def allows_voice(self) -> None:
        """Take voice and video messages again."""
        self.user.forbids_voice = False

    async def deletes_account(self) -> None:
        """Leave Telegram for good: nobody can write to this person any more."""
        self.user.is_deactivated = True

    async def joins(self, group: Group) -> None:
        """Join a group."""
        membership.change_member(self.cloud, group.chat, self.user, "member", by=self.user)

    async def leaves(self, group: Group) -> None:
        """Leave a group."""
        membership.change_member(self.cloud, group.chat, self.user, "left", by=self.user)

    async def opens_topic(self, name: str) -> int:
        """Begin a topic in the private chat, and return its id.

        Raises `ValueError` where private chats have no topics.
        """
        if not self.cloud.private_topics:
            raise ValueError("this sandbox has no topics in private chats")
        self.chat.is_started = True
        return open_topic(self.cloud, self.chat, name, by=self.user).id

    def _post(
        self,
        content: Mapping[str, Any],
        group: Group | None,
        topic: int | None,
        reply_to: "Read | int | None",
        extras: Mapping[str, Any] | None = None,
    ) -> Read:
        chat = self.chat_in(group)
        self._may_write(chat, topic)
        answered = self._message(reply_to, group) if reply_to is not None else None
        if answered and topic is None:
            topic = answered.topic
        chat.is_started = True
        topic = None if topic == GENERAL else topic
        message = self.cloud.post(
            chat, self.user, content, topic=topic, reply_to=answered, extras=extras
        )
        return read(self.cloud, message)

    def _may_write(self, chat: Chat, topic: int | None) -> None:
        if not sees(self.cloud, self.user, chat):
            raise ValueError(f"{self.name} is not in {chat.title}")
        if chat.is_blocked:
            raise ValueError(f"{self.name} has blocked the bot")
        if topic is not None and topic not in chat.topics:
            raise ValueError(f"there is no topic {topic}")
        there = chat.topics.get(GENERAL if topic is None else topic)
        if there and there.is_closed and not chat.member(self.user).is_admin:
            raise ValueError(f"topic {there.name} is closed")

    def _message(self, message: "Read | int", group: Group | None) -> Message:
        chat = self.chat_in(group)
        if isinstance(message, Read):
            chat, message = self.cloud.world.chats[message.chat], message.id
        if message not in chat.messages:
            raise ValueError(f"there is no message {message}")
        return chat.messages[message]

    def _button(
        self, label: str, message: "Read | int | None", group: Group | None
    ) -> tuple[Message, str] | None:
        group_chat = group.chat if group else None
        if message is not None:
            candidates = [self._message(message, group)]
        else:
            # Only bots put keyboards under their messages.
            candidates = [
                one
                for one in reversed(self.cloud.posted)
                if one.keyboard
                and not one.is_deleted
                and group_chat in (None, one.chat)
                and sees(self.cloud, self.user, one.chat)
            ]
        for one in candidates:
            for row in one.keyboard["inline_keyboard"] if one.keyboard else ():
                for button in row:
                    if button["text"] == label and "callback_data" in button:
                        return one, button["callback_data"]
        return None

    async def _answer(self, press: Press, seconds: float) -> CallbackAnswer | None:
        answer = await self.cloud.changes.until(lambda: press.answer, seconds, lambda: (self.id,))
        if answer is None:
            return None
        return CallbackAnswer(
            answer.get("text", ""), answer.get("show_alert", False), answer.get("url")
        )


def _captioned(caption: str) -> dict[str, Any]:
    """Return what a caption adds to the content of a message."""
    if not caption:
        return {}
    caption, entities, _ = settle(caption)
    content: dict[str, Any] = {"caption": caption}
    return {**content, "caption_entities": entities} if entities else content
