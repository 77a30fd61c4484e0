"""What was used, as a person or a group reads it."""

from bot.conversation.phrases import say
from bot.conversation.quotas import Left, day_of, first_of_month, left_of, until_reset
from bot.conversation.services import Services
from bot.conversation.surface import Address
from bot.conversation.usage import allowance_of
from bot.storage import Used


async def report(user: int, address: Address, language: str, services: Services) -> str:
    """What was used today and this month: by the person, or by the group and nobody named in it.

    What is left, and when it starts afresh, is told in private.
    """
    now = services.clock.now()
    day = day_of(now)
    first = first_of_month(day)
    async with services.store.read() as tx:
        if address.is_group:
            today = await tx.usage.of_chat(address.chat, day, day)
            month = await tx.usage.of_chat(address.chat, first, day)
            title, left = "usage of group", None
        else:
            today = await tx.usage.of_user(user, day, day)
            month = await tx.usage.of_user(user, first, day)
            most = services.quotas.questions_of_all
            are_all_spent = most is not None and await tx.usage.of_all(day) >= most
            allowance = await allowance_of(tx, user, services)
            title, left = "usage", left_of(today, allowance, are_all_spent=are_all_spent)
    blocks = [
        say(title, language),
        _block("usage today", lines_of(today, language), language),
        _block("usage month", lines_of(month, language), language),
    ]
    if left is not None and (lines := lines_left(left, language)):
        blocks.append(_block("usage left", lines, language))
        blocks.append(say("usage resets", language, **until_reset(now)))
    elif left is not None:
        blocks.append(say("usage unlimited", language))
    return "\n\n".join(blocks)


def _block(title: str, lines: list[str], language: str) -> str:
    return "\n".join([say(title, language), *lines])


def lines_of(used: Used, language: str) -> list[str]:
    """What was used, a line for each kind of it."""
    numbers = {
        "usage questions": grouped(used.questions),
        "usage tokens": grouped(used.tokens),
        "usage heard": length(used.heard),
        "usage spoken": length(used.spoken),
        "usage translations": grouped(used.translations),
    }
    return [say(name, language, number=number) for name, number in numbers.items()]


def lines_left(left: Left, language: str) -> list[str]:
    """What may still be used, a line for each kind that is limited."""
    numbers = {
        "usage questions": None if left.questions is None else grouped(left.questions),
        "usage tokens": None if left.tokens is None else grouped(left.tokens),
        "usage voice": None if left.voice is None else length(left.voice),
        "usage translations": None if left.translations is None else grouped(left.translations),
    }
    return [say(name, language, number=number) for name, number in numbers.items() if number]


def grouped(number: int) -> str:
    """A number as people of all languages read it: 12 345."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def length(seconds: float) -> str:
    """How long something plays, as players show it: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
