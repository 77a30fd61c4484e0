"""What people of a group say to each other: translated where its admins want that.

What calls the bot waits in the lane of questions, everything else in one of its own, so that
neither holds up the other. Intake sorts them by what it sees. Where it cannot know better, a
message is passed on to the other lane, once.
"""

import json

from telegram import Message, Update

from bot.conversation.group_translation import (
    Said,
    is_to_be_translated,
    translate_again,
    translate_here,
)
from bot.storage import Arrival, Entry
from bot.telegram import reading
from bot.telegram.context import CURRENT, Desk
from bot.telegram.intake import hear_lane, talk_lane

#: Seconds to wait for more of somebody who writes many messages at once, and how many are shown
#: in one post.
_BURST_PAUSE = 1.0
_MOST_AT_ONCE = 30


def was_passed_on() -> bool:
    """Whether the message of this turn came from the other lane."""
    return CURRENT.get().entry.update_id < 0


def is_overheard() -> bool:
    """Whether this turn waited among what people say to each other."""
    return CURRENT.get().entry.lane.startswith(hear_lane(0, 0).partition(":")[0])


async def pass_on(entry: Entry, message: Message, desk: Desk, *, is_question: bool) -> None:
    """Let a message wait in the other lane. Accepted twice it waits there once.

    Telegram's numbers are positive, so the negative one is free.
    """
    address = reading.address_of(message)
    lane = (talk_lane if is_question else hear_lane)(address.chat, address.topic or 0)
    payload = entry.payload or "{}"
    await desk.inbox.accept([Arrival(-entry.update_id, lane, entry.kind, payload)])


async def overhear(message: Message, desk: Desk, *, entry: Entry | None = None) -> None:
    """Translate what somebody says to others, if that is wanted here.

    `entry` is the arrival of the message, where it is not the first of the turn.
    """
    turn, address, services = CURRENT.get(), reading.address_of(message), desk.services
    # Most groups have nothing translated, and most messages are theirs.
    if not (await services.chosen.translation_at(address)).languages:
        return
    said = _said(message)
    if said is None:
        return
    if not await is_to_be_translated(said, address, services):
        return
    if not is_overheard():
        await pass_on(entry or turn.entry, message, desk, is_question=False)
        return
    several = [said, *[each for each in await _burst(said, message, desk) if each.speech]]
    await translate_here(several, address, turn, services)


async def overhear_edit(message: Message, desk: Desk) -> None:
    """Let the translation of an edited message say what it says now."""
    address, services = reading.address_of(message), desk.services
    if not (await services.chosen.translation_at(address)).languages:
        return
    said = _said(message)
    if said is None:
        return
    if is_overheard():
        await translate_again(said, address, CURRENT.get(), services)
    elif not was_passed_on():
        await pass_on(CURRENT.get().entry, message, desk, is_question=False)


async def _burst(first: Said, message: Message, desk: Desk) -> list[Said]:
    """What the same person says next, if it waits already: it is taken along into this turn."""
    turn = CURRENT.get()
    if await desk.services.chosen.is_open_to_all(message.chat_id):
        return []  # Each of them is a question, too.
    if turn.recall("burst") is None:
        await _gather(first, desk)
        await turn.remember("burst", True)
    return [said for entry in turn.entries[1:] if (said := _said_in(entry))]


async def _gather(first: Said, desk: Desk) -> None:
    turn, has_waited = CURRENT.get(), True
    while len(turn.entries) < _MOST_AT_ONCE:
        follower = await turn.follower()
        if follower is None:
            if has_waited:
                return
            await desk.services.clock.sleep(_BURST_PAUSE)
            has_waited = True
            continue
        said = _said_in(follower)
        if said is None or said.author != first.author:
            return
        await turn.take_along(follower)
        has_waited = False


def _said_in(entry: Entry) -> Said | None:
    """What a new message says that waits; `None` where it is something else, or makes no sense."""
    if entry.kind != "message":
        return None
    try:
        message = Update.de_json(json.loads(entry.payload or "{}"), None).message
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return _said(message) if message is not None else None


def _said(message: Message) -> Said | None:
    """What a person says to others. Bots, and people through bots, are left alone.

    Two bots that translate each other would never end. Who writes as a group or a channel is shown
    as a bot, and is a person.
    """
    author = message.from_user
    if author is None or message.chat.type == "private" or message.via_bot is not None:
        return None
    if author.is_bot and message.sender_chat is None:
        return None
    return reading.said(message, author)
