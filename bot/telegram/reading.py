"""Telegram's messages, read into our words."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from telegram import Message, MessageEntity, User

from bot.conversation.access import Visitor
from bot.conversation.detection import speech_of
from bot.conversation.files import Attachment
from bot.conversation.group_translation import Said
from bot.conversation.listen import Sound
from bot.conversation.phrases import closest
from bot.conversation.plugins import UNCHOSEN, PluginChoice
from bot.conversation.settings import Choices
from bot.conversation.surface import Address, Ref
from bot.conversation.turns import Utterance
from bot.conversation.voice import VoiceChoice
from bot.telegram.intake import command_in as command_in_text

#: UTF-16 code units. An app cuts a longer paste into messages of at most 4096, so a message this
#: long may be the first piece of one.
NEAR_THE_LIMIT = 4000


def address_of(message: Message) -> Address:
    """Where a message belongs. Plain groups number their threads too; those are no topics."""
    topic = message.message_thread_id if message.is_topic_message else None
    return Address(message.chat_id, topic, is_group=message.chat.type != "private")


def ref_of(message: Message) -> Ref:
    """Which message this is."""
    return Ref(message.chat_id, message.message_id)


def visitor(message: Message, user: User) -> Visitor:
    """This person, where the message is."""
    asked_at = message.edit_date or message.date
    return Visitor(user.id, user.language_code, address_of(message), message.chat.type, asked_at)


def language_in(update: Mapping[str, Any]) -> str:
    """The language to speak with whoever did this: who wrote, or who pressed a button.

    Reads the raw update, which may make no sense, and arrivals of our own, which say it themselves.
    What a person chose instead is found by whoever calls this.
    """
    for body in update.values():
        if isinstance(body, dict):
            person = body.get("from")
            if isinstance(person, dict):
                return closest(person.get("language_code"))
            return closest(body.get("language"))
    return closest(None)


def person_in(update: Mapping[str, Any]) -> int | None:
    """Who did this, where a raw update says so and makes sense."""
    for body in update.values():
        if isinstance(body, dict):
            person = body.get("from")
            number = person.get("id") if isinstance(person, dict) else None
            return number if isinstance(number, int) and abs(number) < 2**63 else None
    return None


def mentions(message: Message, bot: User) -> bool:
    """Whether the message calls the bot by its name."""
    entities = message.entities or message.caption_entities
    return any(_calls(message, entity, bot) for entity in entities)


def command_in(message: Message) -> str | None:
    """The command that the message or its caption begins with: `/ask`, or `/ask@a_bot`.

    Telegram has to mark it as one, and marks what no command can be, too: the beginning of a longer
    word, or a word that is too long for one.
    """
    entities = message.entities or message.caption_entities
    is_marked = any(_is_command(entity) for entity in entities)
    return command_in_text(message.text or message.caption or "") if is_marked else None


def asks(message: Message, bot: User) -> bool:
    """Whether the message or its caption begins with /ask, and is for no other bot."""
    return command_in(message) in {"/ask", f"/ask@{bot.username or ''}".lower()}


def answers_to(message: Message, bot: User) -> bool:
    """Whether the message is a reply to one of the bot's own."""
    original = original_of(message)
    return original is not None and is_by(original, bot)


def original_of(message: Message) -> Message | None:
    """What the message replies to, if it still stands there."""
    original = message.reply_to_message
    # In a forum every message "replies" to the one that opened its topic.
    return None if original is None or original.forum_topic_created is not None else original


def is_by(message: Message, user: User) -> bool:
    """Whether this user wrote the message."""
    return message.from_user is not None and message.from_user.id == user.id


def words_of(message: Message) -> str:
    """What the message says in writing: its text, its caption, or a poll with its options.

    Code stands between backticks, and behind words that lead somewhere stands where.
    """
    if message.poll is not None:
        return "\n".join(
            [message.poll.question, *(f"• {option.text}" for option in message.poll.options)]
        )
    units = (message.text or message.caption or "").encode("utf-16-le")
    entities = message.entities or message.caption_entities
    for entity in sorted(entities, key=lambda entity: entity.offset, reverse=True):
        start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
        before, inside, after = units[:start], units[start:end], units[end:]
        marked = _marked(inside.decode("utf-16-le", "replace"), entity, has_before=bool(before))
        units = before + marked.encode("utf-16-le") + after
    return units.decode("utf-16-le", "replace").strip()


def is_long_paste(text: str) -> bool:
    """Whether this may be the first piece of something that the app cut."""
    return len(text.encode("utf-16-le")) // 2 >= NEAR_THE_LIMIT


def is_spoken(message: Message) -> bool:
    """Whether the message is a recording itself."""
    return sound_of(message) is not None


def sound_in(message: Message, bot: User) -> Sound | None:
    """The recording that is meant: the message itself, or somebody's that it replies to."""
    original = message.reply_to_message
    if original is None or answers_to(message, bot):
        return sound_of(message)  # What the bot said itself, it knows.
    return sound_of(message) or sound_of(original)


def attachment_of(message: Message) -> Attachment | None:
    """The file that the message is, if it is one: a document, a picture, a film."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Attachment(
            largest.file_id, largest.file_unique_id, "", "image/jpeg", largest.file_size or 0
        )
    # An animation comes as a document, too, which may be named as what it was before.
    found = message.animation or message.video or message.document
    if found is None:
        return None
    return Attachment(
        found.file_id,
        found.file_unique_id,
        found.file_name or "",
        found.mime_type or "",
        found.file_size or 0,
    )


def attachment_meant(message: Message, bot: User) -> Attachment | None:
    """The file that the message replies to, unless it is one of the bot's own."""
    original = message.reply_to_message
    return attachment_of(original) if original and not answers_to(message, bot) else None


def argument_of(message: Message) -> str:
    """What stands behind the command."""
    return re.sub(r"^/\S+\s*", "", words_of(message))


def question_in(message: Message, bot: User, *, heard: str = "") -> str:
    """What is asked: the words without the call for the bot and without the command.

    A reply to somebody else's message brings that message along, since it is what is meant.
    `heard` is what is said in the recording that is meant.
    """
    entities = message.entities or message.caption_entities
    has_command = command_in(message) is not None
    calls = (e for e in entities if _calls(message, e, bot) or (has_command and _is_command(e)))
    words = _without(message, calls)
    if is_spoken(message):
        words, heard = "\n\n".join(filter(None, [heard, words])), ""
    quoted = _quoted(message, bot, heard=heard)
    return "\n\n".join(filter(None, [quoted, words])) if words or quoted else ""


#: What Telegram marks as no language.
_SILENT = frozenset(
    {
        MessageEntity.BOT_COMMAND,
        MessageEntity.CASHTAG,
        MessageEntity.CODE,
        MessageEntity.EMAIL,
        MessageEntity.HASHTAG,
        MessageEntity.MENTION,
        MessageEntity.PHONE_NUMBER,
        MessageEntity.PRE,
        MessageEntity.TEXT_MENTION,
        MessageEntity.URL,
    }
)


def said(message: Message, author: User) -> Said:
    """What a person says to others in a group."""
    entities = message.entities or message.caption_entities
    kinds = {entity.type for entity in entities}
    names = {MessageEntity.MENTION, MessageEntity.TEXT_MENTION}
    return Said(
        message=message.message_id,
        author=author.id,
        text=words_of(message),
        speech=speech_of(_without(message, (e for e in entities if e.type in _SILENT))),
        told=author.language_code,
        is_to_somebody=original_of(message) is not None or bool(kinds & names),
        is_forwarded=message.forward_origin is not None,
    )


def utterance(
    message: Message,
    text: str,
    *,
    language: str,
    conversation: int,
    voice: VoiceChoice,
    choices: Choices,
    plugins: PluginChoice = UNCHOSEN,
    is_heard: bool = False,
    instead_of: Iterable[int] = (),
) -> Utterance:
    """A person's message as our words. `instead_of` numbers messages of ours to be changed."""
    speaker = message.from_user
    if speaker is None:
        raise ValueError("nobody said this")
    return Utterance(
        address=address_of(message),
        message=ref_of(message),
        speaker=speaker.id,
        name=speaker.full_name,
        language=language,
        text=text,
        at=message.date,
        conversation=conversation,
        is_heard=is_heard,
        voice=voice,
        plugins=plugins,
        choices=choices,
        instead_of=tuple(Ref(message.chat_id, number) for number in instead_of),
    )


def _marked(words: str, entity: MessageEntity, *, has_before: bool) -> str:
    match entity.type:
        case MessageEntity.PRE:
            opening = "\n```" if has_before else "```"
            return f"{opening}{entity.language or ''}\n{words}\n```\n"
        case MessageEntity.CODE if "`" not in words and "\n" not in words:
            return f"`{words}`"
        case MessageEntity.TEXT_LINK if entity.url and entity.url not in words:
            return f"{words} ({entity.url})"
    return words


def _calls(message: Message, entity: MessageEntity, bot: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == bot.id
    if entity.type != MessageEntity.MENTION:
        return False
    called = message.parse_entity(entity) if message.text else message.parse_caption_entity(entity)
    return called.lower() == f"@{bot.username or ''}".lower()


def _is_command(entity: MessageEntity) -> bool:
    return entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0


def sound_of(message: Message) -> Sound | None:
    """The recording that the message is, if it is one."""
    found = message.voice or message.audio or message.video_note
    if found is None:
        return None
    length = found.duration
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    return Sound(found.file_id, found.file_unique_id, found.file_size or 0, int(seconds))


def _quoted(message: Message, bot: User, *, heard: str) -> str:
    original = message.reply_to_message
    if original is None or answers_to(message, bot):
        return ""
    quote = message.quote.text if message.quote else (original.text or original.caption or "")
    quote = "\n\n".join(filter(None, [heard, quote]))
    if not quote:
        return ""
    author = original.from_user.full_name if original.from_user else "Somebody"
    return f"{author} wrote:\n> " + quote.replace("\n", "\n> ")


def _without(message: Message, entities: Iterable[MessageEntity]) -> str:
    """The text with these stretches taken out. Telegram counts them in UTF-16 code units."""
    units = (message.text or message.caption or "").encode("utf-16-le")
    for entity in sorted(entities, key=lambda entity: entity.offset, reverse=True):
        start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
        units = units[:start] + units[end:]
    return " ".join(units.decode("utf-16-le", "replace").split(" ")).strip()
