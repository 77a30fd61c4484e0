"""What is attached to a message: taken in before its question is asked."""

import json
from collections.abc import Sequence

from telegram import Message, Update

from bot.conversation.files import Attachment, take_in
from bot.conversation.live_reply import acting
from bot.conversation.phrases import say
from bot.delivery import Turn
from bot.storage import Entry
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Desk
from bot.telegram.handlers.saying import say_at

#: Seconds to wait for the next piece of an album, which comes as a message for each file.
_ALBUM_PAUSE = 1.0

#: Telegram puts no more files into one album.
_MOST_PIECES = 10


async def album_of(message: Message, desk: Desk) -> list[Message]:
    """The message with the others of its album: their question is one.

    Sound files come as albums, too; each of them is a question of its own.
    """
    turn = CURRENT.get()
    is_new = message.edit_date is None and reading.attachment_of(message) is not None
    if message.media_group_id is None or not is_new:
        return [message]
    if turn.recall("album") is None:
        await _gather(message, turn, desk)
        await turn.remember("album", True)
    updates = [json.loads(entry.payload or "{}") for entry in turn.entries[1:]]
    others = [piece for each in updates if (piece := Update.de_json(each, None).message)]
    return [message, *others]


async def _gather(message: Message, turn: Turn, desk: Desk) -> None:
    """Take along what belongs to the album, until no more of it comes for a while."""
    while len(turn.entries) < _MOST_PIECES:
        before = len(turn.entries)
        await desk.services.clock.sleep(_ALBUM_PAUSE)
        while follower := await turn.follower():
            if _album_in(follower) != message.media_group_id:
                return
            await turn.take_along(follower)
        if len(turn.entries) == before:
            return


def _album_in(entry: Entry) -> object:
    """The album that an update belongs to, read from its raw JSON, which may make no sense."""
    message = json.loads(entry.payload or "{}").get("message")
    return message.get("media_group_id") if isinstance(message, dict) else None


def attachments_of(pieces: Sequence[Message], desk: Desk) -> list[Attachment]:
    """The files that are meant: those of the messages, or the one that is replied to."""
    own = [file for piece in pieces if (file := reading.attachment_of(piece)) is not None]
    meant = reading.attachment_meant(pieces[0], desk.me)
    return own or ([meant] if meant else [])


def question_in(pieces: Sequence[Message], desk: Desk) -> str:
    """What is asked about the files, mostly below one of them."""
    asking = [piece for piece in pieces if piece.caption or piece.text] or pieces[:1]
    return "\n".join(filter(None, (reading.question_in(piece, desk.me) for piece in asking)))


async def read_files(
    attachments: Sequence[Attachment],
    message: Message,
    conversation: int,
    desk: Desk,
    *,
    is_question: bool,
) -> bool:
    """Have files read for a conversation; tells whether there is any to ask about.

    Those that are not read are named, with the reason. Where nothing is asked, it is told when they
    are read.
    """
    turn, services, user = CURRENT.get(), desk.services, message.from_user
    if user is None:
        return False
    address, language = reading.address_of(message), LANGUAGE.get()
    async with acting(services.surface, address, "typing", services.clock):
        taken = await take_in(attachments, address, user.id, conversation, turn, services)
    sentences = [
        say(phrase, language, names=_listed(names), ref=turn.reference)
        for phrase, names in taken.refused
    ]
    if taken.read and not is_question:
        sentences.insert(0, say("file read", language, names=_listed(taken.read)))
    if sentences:
        words, ref = "\n\n".join(sentences), reading.ref_of(message)
        await say_at(desk, address, words, reply_to=ref, step="files told")
    return bool(taken.read)


def _listed(names: Sequence[str]) -> str:
    """Names as a phrase takes them, which puts the first and the last sign around them."""
    return "`, `".join(names)
