"""python-telegram-bot as a client: what a real library sends is understood."""

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter
from telegram.request import HTTPXRequest

from bot.sandbox.recordings import silence
from bot.sandbox.telegram import Person, TelegramSandbox


@pytest.fixture
async def bot(telegram: TelegramSandbox) -> AsyncIterator[Bot]:
    """Return a bot of the library."""
    bot = Bot(
        telegram.token,
        base_url=f"{telegram.url}/bot",
        base_file_url=f"{telegram.url}/file/bot",
        request=HTTPXRequest(),
        get_updates_request=HTTPXRequest(),
    )
    async with bot:
        yield bot


async def test_a_conversation_with_the_library(
    telegram: TelegramSandbox, bot: Bot, anna: Person
) -> None:
    """Messages with entities, keyboards, replies and edits go through without a violation."""
    said = await anna.says("What is a monad?")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Stop", callback_data="stop")]])
    posted = await bot.send_message(
        anna.id,
        "A burrito.",
        entities=[MessageEntity("bold", 0, 1)],
        reply_markup=keyboard,
        reply_parameters=ReplyParameters(said.id, allow_sending_without_reply=True),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        disable_notification=True,
    )
    edited = await posted.edit_text("No burrito.", reply_markup=None)
    await bot.send_chat_action(anna.id, "typing")
    await bot.send_message_draft(anna.id, 7, "Thinking", api_kwargs={"can_stop": True})
    await bot.set_my_commands(
        [BotCommand("new", "Start anew")], BotCommandScopeChat(anna.id), language_code="en"
    )
    updates = await bot.get_updates(timeout=1, allowed_updates=["message"])

    assert posted.reply_to_message is not None
    assert posted.entities[0].type == "bold"
    assert edited is not True
    assert updates[-1].message is not None
    assert updates[-1].message.text == "What is a monad?"
    assert anna.sees_commands()[0]["command"] == "new"
    assert telegram.violations() == []


async def test_files_with_the_library(telegram: TelegramSandbox, bot: Bot, anna: Person) -> None:
    """Uploads, albums and downloads go through without a violation."""
    sound = silence(2)
    voice = await bot.send_voice(anna.id, InputFile(sound, "voice.ogg"), duration=2)
    album = await bot.send_media_group(
        anna.id, [InputMediaDocument(b"one", filename="a"), InputMediaDocument(b"two")]
    )
    assert voice.voice is not None
    file = await bot.get_file(voice.voice.file_id)
    content = await file.download_as_bytearray()
    heard = await anna.reads(3)

    assert bytes(content) == sound
    assert [one.kind for one in heard] == ["voice", "document", "document"]
    assert len(album) == 2
    assert telegram.violations() == []


async def test_errors_with_the_library(
    telegram: TelegramSandbox, bot: Bot, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library knows each refusal by its own class."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # Without it the library warns at every 429.
    group = telegram.group("Trip", anna, telegram.bot, supergroup=False)
    old = group.id
    new = await group.migrate()
    await anna.blocks()
    telegram.will("flood", chat=new, seconds=9, times=1)

    with pytest.raises(ChatMigrated) as migrated:
        await bot.send_message(old, "Hi")
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(anna.id, "Hi")
    with pytest.raises(RetryAfter):
        await bot.send_message(new, "Hi")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(5, "Hi")

    assert migrated.value.new_chat_id == new


async def test_a_rich_message_with_the_library(
    telegram: TelegramSandbox, bot: Bot, anna: Person
) -> None:
    """What the library does not know yet goes through its raw calls."""
    await bot.do_api_request(
        "sendRichMessage",
        api_kwargs={"chat_id": anna.id, "rich_message": {"markdown": "# Monads"}},
    )

    [seen] = await anna.reads()
    assert (seen.kind, seen.text) == ("rich_message", "# Monads")
    assert telegram.violations() == []
