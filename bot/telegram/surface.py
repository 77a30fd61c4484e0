"""Where the bot speaks on Telegram: post, edit, act, each at its pace."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar, cast

from telegram import (
    Bot,
    ChatMember,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import TelegramError

from bot.clock import Clock
from bot.conversation import surface
from bot.conversation.surface import Action, Address, Keyboard, Ref
from bot.telegram.failures import is_unchanged, translate
from bot.telegram.limits import Call, Limits
from bot.telegram.markup import Part, render
from bot.telegram.rich import RichPart, enrich
from bot.telegram.whispers import Whispers

log = logging.getLogger(__name__)

T = TypeVar("T")
Words: TypeAlias = dict[str, Any]

#: How often a call is made that may be made twice without harm.
_ATTEMPTS = 4

#: Seconds. A longer penalty is not waited out here: the turn is begun again after it.
_LONGEST_WAIT = 60.0

#: Seconds that sending and fetching a file may take.
_UPLOAD, _DOWNLOAD = 60.0, 60.0

#: What the assistant links to is not fetched for a preview: nobody chose to load it.
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class TelegramSurface:
    """Telegram, as the use cases see it. Texts go out as text and entities, never to be parsed."""

    def __init__(self, *, bot: Bot, limits: Limits, clock: Clock) -> None:
        self._bot = bot
        self._limits = limits
        self._clock = clock
        self._whispers = Whispers(bot)

    def format(
        self, markdown: str, *, heard: str = "", is_rich: bool = False
    ) -> Sequence[surface.Part]:
        """Markdown as parts of messages; see `bot.conversation.surface.Surface`."""
        rich = enrich(markdown, heard=heard) if is_rich else None
        return [rich] if rich else render(markdown, heard=heard)

    async def post(
        self,
        address: Address,
        part: surface.Part,
        *,
        reply_to: Ref | None = None,
        keyboard: Keyboard = (),
        is_final: bool = True,
        expects_reply: bool = False,
    ) -> Ref:
        """Post a new message; see `bot.conversation.surface.Surface`."""

        below = ForceReply(selective=True) if expects_reply else _markup(keyboard)

        async def send(words: Words) -> Ref:
            message = await self._bot.send_message(
                address.chat,
                message_thread_id=address.topic,
                reply_parameters=_reply(reply_to),
                link_preview_options=_NO_PREVIEW,
                reply_markup=below,
                **words,
            )
            return Ref(address.chat, message.message_id)

        async def send_rich(rich: Words) -> Ref:
            told = {
                "chat_id": address.chat,
                "message_thread_id": address.topic,
                "reply_parameters": _reply(reply_to),
                "reply_markup": below,
            }
            message = await self._bot.do_api_request(
                "sendRichMessage", api_kwargs=told | rich, return_type=Message
            )
            return Ref(address.chat, message.message_id)

        if isinstance(part, RichPart):
            rich = _rich(part)
            return await self._call(
                address.chat, lambda: send_rich(rich), is_final=is_final, is_repeatable=False
            )
        return await self._dressed_or_plain(
            part,
            lambda words: self._call(
                address.chat, lambda: send(words), is_final=is_final, is_repeatable=False
            ),
        )

    async def edit(
        self, ref: Ref, part: surface.Part, *, keyboard: Keyboard = (), is_final: bool = True
    ) -> None:
        """Replace what was posted; see `bot.conversation.surface.Surface`."""
        if not ref.message:
            raise surface.LostError("Telegram has not told which message it is")

        async def change(words: Words) -> None:
            await self._bot.edit_message_text(
                chat_id=ref.chat,
                message_id=ref.message,
                link_preview_options=_NO_PREVIEW,
                reply_markup=_markup(keyboard),
                **words,
            )

        async def change_to_rich(rich: Words) -> None:
            await self._bot.edit_message_text(
                cast("str", None),  # The library wants a text, Telegram none beside this.
                chat_id=ref.chat,
                message_id=ref.message,
                reply_markup=_markup(keyboard),
                api_kwargs=rich,
            )

        async def unless_unchanged(call: Awaitable[None]) -> None:
            try:
                await call
            except TelegramError as error:
                if not is_unchanged(error):
                    raise

        if isinstance(part, RichPart):
            rich = _rich(part)
            await self._call(
                ref.chat,
                lambda: unless_unchanged(change_to_rich(rich)),
                is_final=is_final,
                is_repeatable=True,
            )
            return
        await self._dressed_or_plain(
            part,
            lambda words: self._call(
                ref.chat,
                lambda: unless_unchanged(change(words)),
                is_final=is_final,
                is_repeatable=True,
            ),
        )

    async def draft(self, address: Address, number: int, part: surface.Part) -> None:
        """Show what is being written; see `bot.conversation.surface.Surface`."""

        async def show(words: Words) -> None:
            await self._bot.send_message_draft(
                address.chat,
                number,
                message_thread_id=address.topic,
                api_kwargs={"can_stop": True},
                **words,
            )

        await self._dressed_or_plain(
            part,
            lambda words: self._call(
                address.chat, lambda: show(words), is_final=False, is_repeatable=True
            ),
        )

    async def post_file(self, address: Address, name: str, content: bytes) -> None:
        """Post a file; see `bot.conversation.surface.Surface`."""

        async def send() -> None:
            await self._bot.send_document(
                address.chat, content, filename=name, message_thread_id=address.topic
            )

        await self._call(address.chat, send, is_final=True, is_repeatable=False)

    async def post_photo(self, address: Address, content: bytes, *, caption: str) -> None:
        """Post a picture; see `bot.conversation.surface.Surface`."""

        async def send() -> None:
            await self._bot.send_photo(
                address.chat,
                content,
                caption=caption,
                message_thread_id=address.topic,
                write_timeout=_UPLOAD,
            )

        await self._call(address.chat, send, is_final=True, is_repeatable=False)

    async def post_voice(
        self,
        address: Address,
        content: bytes,
        seconds: float,
        *,
        caption: str = "",
        reply_to: Ref | None = None,
    ) -> Ref:
        """Post a voice note; see `bot.conversation.surface.Surface`."""

        async def send() -> Ref:
            message = await self._bot.send_voice(
                address.chat,
                content,
                duration=_length(seconds),
                caption=caption or None,
                filename="voice.ogg",
                message_thread_id=address.topic,
                reply_parameters=_reply(reply_to),
                write_timeout=_UPLOAD,
            )
            return Ref(address.chat, message.message_id)

        return await self._call(address.chat, send, is_final=True, is_repeatable=False)

    async def post_audio(
        self,
        address: Address,
        content: bytes,
        seconds: float,
        *,
        title: str,
        caption: str = "",
        reply_to: Ref | None = None,
    ) -> Ref:
        """Post an MP3; see `bot.conversation.surface.Surface`."""

        async def send() -> Ref:
            message = await self._bot.send_audio(
                address.chat,
                content,
                duration=_length(seconds),
                title=title,
                caption=caption or None,
                filename="answer.mp3",
                message_thread_id=address.topic,
                reply_parameters=_reply(reply_to),
                write_timeout=_UPLOAD,
            )
            return Ref(address.chat, message.message_id)

        return await self._call(address.chat, send, is_final=True, is_repeatable=False)

    async def whisper(self, address: Address, user: int, press: str, part: surface.Part) -> None:
        """Show something to one of a group; see `bot.conversation.surface.Surface`."""
        if not await self._whispers.are_known(address.chat, user):
            raise surface.RefusedError("this server cannot whisper")
        await self._dressed_or_plain(
            part,
            lambda words: self._call(
                address.chat,
                lambda: self._whispers.send(address, user, press, words),
                is_final=True,
                is_repeatable=False,
            ),
        )

    async def is_admin(self, chat: int, user: int) -> bool:
        """Whether this person may decide for the chat; see `bot.conversation.surface.Surface`."""
        try:
            member = await self._bot.get_chat_member(chat, user)
        except Exception as error:  # Also what the library trips over in a senseless answer.
            failure = translate(error)
            if isinstance(failure, surface.RefusedError):
                return False  # Nobody who was ever there.
            raise failure from error
        return member.status in {ChatMember.OWNER, ChatMember.ADMINISTRATOR}

    async def reads_everything(self, chat: int) -> bool:
        """Whether we are shown all of a group; see `bot.conversation.surface.Surface`.

        Asked anew each time, since @BotFather can switch privacy mode while we run. Groups that we
        were in before notice that when we are added anew; that Telegram does not tell.
        """
        try:
            me = await self._bot.get_me()
        except Exception as error:  # Also what the library trips over in a senseless answer.
            raise translate(error) from error
        return bool(me.can_read_all_group_messages) or await self.is_admin(chat, me.id)

    @property
    def admin_link(self) -> str:
        """Where somebody makes us an admin; see `bot.conversation.surface.Surface`.

        Any right makes a bot an admin, and admins see everything: this is the least there is.
        """
        return f"https://t.me/{self._bot.username}?startgroup&admin=manage_chat"

    async def fetch(self, file: str) -> bytes:
        """The bytes of a file; see `bot.conversation.surface.Surface`.

        The address they are behind holds the bot's token, so it goes nowhere but from here to
        Telegram.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                found = await self._bot.get_file(file)
                if (found.file_size or 0) > surface.LARGEST_FILE:
                    raise surface.RefusedError("too large")
                async with asyncio.timeout(_DOWNLOAD):
                    return bytes(await found.download_as_bytearray())
            except surface.RefusedError:
                raise
            except Exception as error:  # Also what the library trips over in a senseless answer.
                failure = translate(error)
                is_passing = isinstance(failure, surface.UnreachableError | surface.UncertainError)
                if not is_passing or attempt >= _ATTEMPTS:
                    raise failure from error
                await self._clock.sleep(_pause_after(attempt))

    async def delete(self, ref: Ref) -> None:
        """Take a message back. One that is gone already is not an error."""
        if not ref.message:
            return

        async def take_back() -> None:
            await self._bot.delete_message(ref.chat, ref.message)

        try:
            await self._call(ref.chat, take_back, is_final=True, is_repeatable=True)
        except (surface.LostError, surface.RefusedError):
            return

    async def act(self, address: Address, action: Action, *, is_new: bool = False) -> bool:
        """Show for some seconds what we are doing, unless the chat is to be left alone."""
        if not self._limits.may(address.chat, Call.EDIT if is_new else Call.TYPING):
            return False
        try:
            await self._bot.send_chat_action(address.chat, action, message_thread_id=address.topic)
        except TelegramError as error:
            failure = translate(error)
            if isinstance(failure, surface.ThrottledError):
                self._limits.penalise(address.chat, failure.after)
            raise failure from error
        return True

    async def _dressed_or_plain(
        self, part: surface.Part, call: Callable[[Words], Awaitable[T]]
    ) -> T:
        """Say it as it is dressed, and plainly where Telegram does not take the dress."""
        words = _words(part)
        try:
            return await call(words)
        except surface.RefusedError:
            if not words["entities"]:
                raise
            log.error("entities refused", extra={"entities": len(words["entities"])})
            return await call({**words, "entities": []})

    async def _call(
        self,
        chat: int,
        call: Callable[[], Awaitable[T]],
        *,
        is_final: bool,
        is_repeatable: bool,
    ) -> T:
        """Make a call when its turn comes, and again where that does no harm.

        What may have been carried out is repeated only when twice is the same as once. A penalty
        is waited out for a final text, unless it is so long that the turn better comes back later.
        """
        attempt = 0
        while True:
            attempt += 1
            await self._take_turn(chat, is_final=is_final, is_repeatable=is_repeatable)
            try:
                return await call()
            except Exception as error:  # Also what the library trips over in a senseless answer.
                failure = translate(error)
                if isinstance(failure, surface.ThrottledError):
                    log.warning("flood control", extra={"chat": chat, "seconds": failure.after})
                    self._limits.penalise(chat, failure.after)
                    if is_final and failure.after <= _LONGEST_WAIT and attempt < _ATTEMPTS:
                        continue
                    raise failure from error
                may_repeat = isinstance(failure, surface.UnreachableError) or (
                    is_repeatable and isinstance(failure, surface.UncertainError)
                )
                if not may_repeat or attempt >= _ATTEMPTS:
                    raise failure from error
                await self._clock.sleep(_pause_after(attempt))

    async def _take_turn(self, chat: int, *, is_final: bool, is_repeatable: bool) -> None:
        if is_final:
            await self._limits.wait(chat, Call.FINAL)
        elif not is_repeatable:
            if penalty := self._limits.penalty(chat):
                raise surface.ThrottledError(penalty)
            await self._limits.wait(chat, Call.MESSAGE)
        elif not self._limits.may(chat, Call.EDIT):
            raise surface.ThrottledError(0)


def _pause_after(attempt: int) -> float:
    """Seconds before the next attempt: up to one, two, four, each with some chance in it."""
    chance: float = random.uniform(0.5, 1.0)  # noqa: S311 - It guards nothing.
    return chance * 2.0 ** (attempt - 1)


def _length(seconds: float) -> int:
    """As Telegram counts: whole seconds, and nothing takes none."""
    return max(1, round(seconds))


def _reply(to: Ref | None) -> ReplyParameters | None:
    return ReplyParameters(to.message, allow_sending_without_reply=True) if to else None


def _words(part: surface.Part) -> Words:
    """The text of a part and how it is dressed, as the library takes it."""
    entities = part.entities if isinstance(part, Part) else ()
    return {
        "text": part.text,
        "entities": [
            MessageEntity(
                entity.kind, entity.offset, entity.length, url=entity.url, language=entity.language
            )
            for entity in entities
        ],
    }


def _rich(part: RichPart) -> Words:
    return {"rich_message": {"markdown": part.markdown}}


def _markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    rows = [[_button(each) for each in row] for row in keyboard]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: surface.Button | surface.Link) -> InlineKeyboardButton:
    if isinstance(button, surface.Link):
        return InlineKeyboardButton(button.label, url=button.url)
    return InlineKeyboardButton(button.label, callback_data=button.data)
