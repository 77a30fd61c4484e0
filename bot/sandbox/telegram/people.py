"""People: they say, press, send and read, and the bot cannot tell them from real ones.

What a person does is awaited and has happened when it returns; what the bot makes of it is waited
for with `reads`, `sees_eventually` and the answer of `presses`. No wait is endless, and one that
fails says what was there to see.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bot.sandbox.telegram import membership, recording
from bot.sandbox.telegram.cloud import Cloud, Draft, Press
from bot.sandbox.telegram.entities import settle
from bot.sandbox.telegram.forum import open_topic
from bot.sandbox.telegram.methods.media import forwarded
from bot.sandbox.telegram.profile import Scope
from bot.sandbox.telegram.sight import (
    PATIENCE,
    CallbackAnswer,
    Eyes,
    NotSeenError,
    Read,
    describe,
    read,
    sees,
)
from bot.sandbox.telegram.views import chat_json
from bot.sandbox.telegram.world import GENERAL, Chat, Message, User

if TYPE_CHECKING:
    from bot.sandbox.telegram.groups import Group


class Person:
    """Somebody on Telegram, with a private chat with the bot."""

    def __init__(self, cloud: Cloud, user: User) -> None:
        self._cloud = cloud
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
        return self._cloud.world.chats[self.id]

    # What a person does.

    async def says(
        self,
        text: str,
        *,
        in_: "Group | None" = None,
        topic: int | None = None,
        reply_to: "Read | int | None" = None,
    ) -> Read:
        """Write a message, in private or in a group. Returns it as everybody sees it.

        Raises `ValueError` where Telegram's apps would not let it be sent: to a blocked bot, in a
        group the person is not in, in a topic that is closed or not there.
        """
        text, entities, _ = settle(text)
        content = {"text": text, "entities": entities} if entities else {"text": text}
        return self._post(content, in_, topic, reply_to)

    async def sends(
        self,
        *,
        caption: str = "",
        file_name: str | None = None,
        mime_type: str | None = None,
        duration: int | None = None,
        in_: "Group | None" = None,
        topic: int | None = None,
        reply_to: "Read | int | None" = None,
        **file: bytes,
    ) -> Read:
        """Send a file: one of `voice`, `audio`, `document`, `photo`, `video`, `video_note`.

        The duration of sound is measured unless it is told, in seconds.
        """
        content = await recording.content(self._cloud, file, file_name, mime_type, duration)
        if caption:
            caption, entities, _ = settle(caption)
            content |= {"caption": caption}
            content |= {"caption_entities": entities} if entities else {}
        return self._post(content, in_, topic, reply_to)

    async def speaks(self, text: str, *, language: str | None = None, **where: Any) -> Read:
        """Send a voice note in which a synthetic voice says the text; `where` as for `says`."""
        return await self.sends(voice=await recording.speak(text, language), **where)

    async def edits(self, message: "Read | int", text: str, *, in_: "Group | None" = None) -> Read:
        """Change a message of one's own."""
        mine = self._message(message, in_)
        if mine.sender is not self.user:
            raise ValueError(f"{self.name} did not write this message")
        text, entities, _ = settle(text)
        name = "text" if mine.kind == "text" else "caption"
        marks = "entities" if name == "text" else "caption_entities"
        content = {n: v for n, v in mine.content.items() if n not in (name, marks)}
        changed = {name: text, **({marks: entities} if entities else {})}
        self._cloud.edit(mine, {**changed, **content} if name == "text" else {**content, **changed},
                         mine.keyboard)  # fmt: skip
        return read(self._cloud, mine)

    async def deletes(self, message: "Read | int", *, in_: "Group | None" = None) -> None:
        """Take a message away; in private also one of the bot's. The bot is not told."""
        self._cloud.delete(self._message(message, in_))

    async def forwards(
        self,
        message: "Read | int",
        *,
        to: "Group | None" = None,
        from_: "Group | None" = None,
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
        in_: "Group | None" = None,
        timeout: float = PATIENCE,  # noqa: ASYNC109  # It bounds two waits one after the other.
    ) -> CallbackAnswer | None:
        """Press the button with this label: that of the message, or the newest one in sight.

        Waits for the button to be there, and then for the bot's answer; None if none came in time.
        Raises `NotSeenError` when there is no such button.
        """

        def button() -> tuple[Message, str] | None:
            return self._button(label, message, in_)

        found = await self._cloud.changes.until(button, timeout)
        if found is None:
            there = describe(self.sees(in_=in_))
            raise NotSeenError(f"{self.name} found no button {label!r} among:\n{there}")
        return await self._answer(self._cloud.press(self.user, *found), timeout)

    async def forges(
        self,
        callback_data: str,
        message: "Read | int",
        *,
        in_: "Group | None" = None,
        timeout: float = PATIENCE,  # noqa: ASYNC109  # As for `presses`.
    ) -> CallbackAnswer | None:
        """Press a button that is not there, with any data, as a changed app can."""
        press = self._cloud.press(self.user, self._message(message, in_), callback_data)
        return await self._answer(press, timeout)

    async def stops(self, *, topic: int | None = None) -> None:
        """Press Stop under the draft that is shown. Raises `NotSeenError` where there is none."""
        draft = self.sees_draft(topic=topic)
        if draft is None or not draft.can_stop:
            raise NotSeenError(f"{self.name} sees no draft that can be stopped")
        stopped: dict[str, Any] = {"draft_id": draft.id, "chat": chat_json(self.chat)}
        if topic is not None:
            stopped["message_thread_id"] = topic
        self._cloud.drafts.pop((self.id, topic), None)
        self._cloud.updates.add("stopped_message_generation", stopped, queue=self.id)
        self._cloud.changes.tell()

    async def blocks(self) -> None:
        """Block the bot."""
        membership.change_block(self._cloud, self.chat, self.user, blocked=True)

    async def unblocks(self) -> None:
        """Unblock the bot."""
        membership.change_block(self._cloud, self.chat, self.user, blocked=False)

    async def joins(self, group: "Group") -> None:
        """Join a group."""
        membership.change_member(self._cloud, group.chat, self.user, "member", by=self.user)

    async def leaves(self, group: "Group") -> None:
        """Leave a group."""
        membership.change_member(self._cloud, group.chat, self.user, "left", by=self.user)

    async def opens_topic(self, name: str) -> int:
        """Begin a topic in the private chat, and return its id.

        Raises `ValueError` where private chats have no topics.
        """
        if not self._cloud.private_topics:
            raise ValueError("this sandbox has no topics in private chats")
        self.chat.is_started = True
        return open_topic(self._cloud, self.chat, name, by=self.user).id

    # What a person sees.

    async def reads(
        self,
        n: int = 1,
        *,
        in_: "Group | None" = None,
        when: Callable[[Read], bool] = lambda _: True,
        timeout: float = PATIENCE,  # noqa: ASYNC109  # The failure tells what was seen.
    ) -> list[Read]:
        """Wait until the bot has posted `n` new messages, and return them as they are then.

        New is what this person has not read before, anywhere, or in the group alone. With `when`
        only messages count that satisfy it, at once or after an edit. Raises `NotSeenError`.
        """
        group = in_.chat if in_ else None
        new = await self._cloud.changes.until(
            lambda: self._eyes.take(n, lambda chat: group in (None, chat), when), timeout
        )
        if new is None:
            what = f"{self.name} waited {timeout:g} s for {n} new message(s)"
            raise NotSeenError(f"{what}; new is:\n{describe(self._eyes.unread())}")
        return new

    def sees(self, *, in_: "Group | None" = None, topic: int | None = None) -> list[Read]:
        """Return what stands in a chat now, oldest first, without waiting; `topic` narrows it."""
        chat = self._chat(in_)
        if not sees(self._cloud, self.user, chat):
            return []
        return [
            read(self._cloud, one)
            for one in chat.messages.values()
            if not one.is_service and topic in (None, one.topic)
        ]

    async def sees_eventually(
        self,
        predicate: Callable[[list[Read]], object],
        timeout: float = PATIENCE,  # noqa: ASYNC109  # The failure tells what was seen.
        *,
        in_: "Group | None" = None,
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

        found = await self._cloud.changes.until(look, timeout)
        if found is None:
            there = describe(self.sees(in_=in_))
            raise NotSeenError(f"{self.name} waited {timeout:g} s and sees:\n{there}")
        return found

    def sees_action(self, *, in_: "Group | None" = None, topic: int | None = None) -> str | None:
        """Return what the bot is seen doing now: `typing`, `record_voice` …"""
        return self._cloud.acting(self._chat(in_), topic)

    def sees_draft(self, *, topic: int | None = None) -> Draft | None:
        """Return the preview of a message the bot is still writing, in private."""
        return self._cloud.drafting(self.chat, topic)

    def sees_commands(self, *, in_: "Group | None" = None) -> list[Mapping[str, Any]]:
        """Return the menu of commands this person is offered in a chat."""
        chat = self._chat(in_)
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
        return list(self._cloud.profile.menu(scopes, language))

    # How it is done.

    def _chat(self, group: "Group | None") -> Chat:
        return group.chat if group else self.chat

    def _post(
        self,
        content: Mapping[str, Any],
        group: "Group | None",
        topic: int | None,
        reply_to: "Read | int | None",
        extras: Mapping[str, Any] | None = None,
    ) -> Read:
        chat = self._chat(group)
        self._may_write(chat, topic)
        answered = self._message(reply_to, group) if reply_to is not None else None
        if answered and topic is None:
            topic = answered.topic
        chat.is_started = True
        topic = None if topic == GENERAL else topic
        message = self._cloud.post(
            chat, self.user, content, topic=topic, reply_to=answered, extras=extras
        )
        return read(self._cloud, message)

    def _may_write(self, chat: Chat, topic: int | None) -> None:
        if not sees(self._cloud, self.user, chat):
            raise ValueError(f"{self.name} is not in {chat.title}")
        if chat.is_blocked:
            raise ValueError(f"{self.name} has blocked the bot")
        if topic is None:
            return
        if topic not in chat.topics:
            raise ValueError(f"there is no topic {topic}")
        if chat.topics[topic].is_closed and not chat.member(self.user).is_admin:
            raise ValueError(f"topic {topic} is closed")

    def _message(self, message: "Read | int", group: "Group | None") -> Message:
        chat = self._chat(group)
        if isinstance(message, Read):
            chat, message = self._cloud.world.chats[message.chat], message.id
        if message not in chat.messages:
            raise ValueError(f"there is no message {message}")
        return chat.messages[message]

    def _button(
        self, label: str, message: "Read | int | None", group: "Group | None"
    ) -> tuple[Message, str] | None:
        if message is not None:
            candidates = [self._message(message, group)]
        elif group:
            candidates = list(group.chat.messages.values())
        else:
            chats = self._cloud.world.chats.values()
            there = [
                m for c in chats if sees(self._cloud, self.user, c) for m in c.messages.values()
            ]
            candidates = sorted(there, key=lambda m: m.changed)
        for one in reversed(candidates):
            for row in one.keyboard["inline_keyboard"] if one.keyboard else ():
                for button in row:
                    if button["text"] == label and "callback_data" in button:
                        return one, button["callback_data"]
        return None

    async def _answer(self, press: Press, seconds: float) -> CallbackAnswer | None:
        answer = await self._cloud.changes.until(lambda: press.answer, seconds)
        if answer is None:
            return None
        return CallbackAnswer(
            answer.get("text", ""), answer.get("show_alert", False), answer.get("url")
        )
