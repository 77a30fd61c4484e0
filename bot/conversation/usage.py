"""What people use: reserved when a question is let in, settled when it is answered.

Each count is made once for each turn, in the transaction that remembers the step, so a turn that is
begun again counts nothing twice. All of a turn belongs to the day on which it was let in.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self, cast

from bot.conversation.phrases import say
from bot.conversation.quotas import (
    TELL_PAUSE,
    Left,
    OverQuotaError,
    Quotas,
    day_of,
    first_of_month,
    is_given_back,
    is_near,
    left_of,
    until_reset,
)
from bot.conversation.services import Services
from bot.conversation.surface import Address
from bot.conversation.turns import Turn
from bot.storage import JSON, Transaction, Used


@dataclass(frozen=True, slots=True)
class Reservation:
    """A question that was counted before it is answered."""

    user: int
    day: date

    @classmethod
    def of(cls, turn: Turn) -> Self | None:
        """The one of this turn, if it still has it."""
        entered = turn.recall("entered")
        reserved = entered.get("reserved") if isinstance(entered, dict) else None
        if reserved is None or turn.recall("refunded") is not None:
            return None
        user, day = cast("tuple[int, str]", reserved)
        return cls(user, date.fromisoformat(day))

    def to_json(self) -> JSON:
        """As the turn remembers it."""
        return [self.user, self.day.isoformat()]


async def reserve(tx: Transaction, user: int, quotas: Quotas, *, at: datetime) -> Reservation | str:
    """Count a question before it is answered; a phrase says why it may not be asked."""
    day = day_of(at)
    if not await tx.usage.reserve(user, day, quotas.of(user)):
        return "limit reached"
    if not await tx.usage.reserve_of_all(day, quotas.questions_of_all):
        await tx.usage.give_back(user, day, questions=1)
        return "limit of all"
    return Reservation(user, day)


async def settle(
    tx: Transaction,
    turn: Turn,
    services: Services,
    *,
    user: int,
    group: int | None,
    tokens: int,
    is_answered: bool,
) -> bool:
    """Count what an answer took. Whether its person is to be warned that their day ends.

    What was never sent to the platform costs nothing. What was and is stopped does: whoever is
    quick could ask for ever.
    """
    reservation = Reservation.of(turn)
    if not is_answered and turn.recall("asking") is None:
        if reservation is not None:
            await _give_back(tx, reservation, of_all=True)
        return False
    day = reservation.day if reservation else day_of(services.clock.now())
    mine = Used(questions=0 if reservation else 1, tokens=tokens)
    used = await tx.usage.add(user, day, mine)
    if group is not None:
        await tx.usage.add_to_chat(group, day, Used(questions=1, tokens=tokens))
    if reservation is None:
        await tx.usage.reserve_of_all(day, None)
    is_close = used is not None and is_near(used, services.quotas.of(user))
    return is_close and await tx.usage.warn(user, day)


async def refund(turn: Turn, services: Services, *, error: Exception | None = None) -> None:
    """Give back what a turn reserved that answered nothing. Once for each turn."""
    reservation = Reservation.of(turn)
    if reservation is None or turn.recall("answered") is not None:
        return
    was_sent, was_taken = (turn.recall(step) is not None for step in ("asking", "asked"))
    if not is_given_back(error, was_sent=was_sent, was_taken=was_taken):
        return
    reserved = turn.recall("listened")
    is_heard = turn.recall("heard") is not None
    seconds = reserved if isinstance(reserved, float) and not is_heard else 0.0

    async def give_back(tx: Transaction) -> bool:
        await _give_back(tx, reservation, heard=seconds, of_all=not was_taken)
        return True

    await turn.step_in("refunded", give_back)


async def _give_back(
    tx: Transaction, reservation: Reservation, *, heard: float = 0.0, of_all: bool
) -> None:
    """Undo the count of a question; that of all only where it cost the operator nothing."""
    await tx.usage.give_back(reservation.user, reservation.day, questions=1, heard=heard)
    if of_all:
        await tx.usage.give_back_of_all(reservation.day)


async def reserve_recording(user: int, seconds: float, turn: Turn, services: Services) -> None:
    """Count a recording before it is listened to. Raises `OverQuotaError` where it is too long."""
    allowance = services.quotas.of(user)
    reservation = Reservation.of(turn)
    day = reservation.day if reservation else day_of(services.clock.now())

    async def count(tx: Transaction) -> float:
        if not await tx.usage.reserve_voice(user, day, seconds, allowance):
            left = left_of(await tx.usage.of_user(user, day, day), allowance)
            raise OverQuotaError(left.voice or 0.0)
        return float(seconds)

    await turn.step_in("listened", count)


async def count_recording(
    tx: Transaction, turn: Turn, group: int | None, services: Services
) -> None:
    """Count a recording as heard in a group too, now that it was."""
    seconds, reservation = turn.recall("listened"), Reservation.of(turn)
    if group is not None and isinstance(seconds, float):
        day = reservation.day if reservation else day_of(services.clock.now())
        await tx.usage.add_to_chat(group, day, Used(heard=seconds))


async def has_voice_left(tx: Transaction, user: int, services: Services) -> bool:
    """Whether anything may still be spoken to this person today."""
    allowance = services.quotas.of(user)
    if allowance.voice is None:
        return True
    day = day_of(services.clock.now())
    left = left_of(await tx.usage.of_user(user, day, day), allowance)
    return left.voice is None or left.voice > 0


async def count_speech(
    tx: Transaction, user: int, group: int | None, seconds: float, services: Services
) -> None:
    """Count speech that was made for this person."""
    day = day_of(services.clock.now())
    await tx.usage.add(user, day, Used(spoken=seconds))
    if group is not None:
        await tx.usage.add_to_chat(group, day, Used(spoken=seconds))


async def tell_of_voice(user: int, turn: Turn, services: Services) -> bool:
    """Whether to tell this person now that their voice is used up. Decided once for each turn."""

    async def tell(tx: Transaction) -> bool:
        at = services.clock.now()
        return await tx.usage.tell(user, day_of(at), "voice", at=at, pause=TELL_PAUSE)

    return await turn.step_in("speechless", tell)


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
            allowance = services.quotas.of(user)
            title, left = "usage", left_of(today, allowance, are_all_spent=are_all_spent)
    blocks = [
        say(title, language),
        _block("usage today", _lines(today, language), language),
        _block("usage month", _lines(month, language), language),
    ]
    if left is not None and (lines := _lines_left(left, language)):
        blocks.append(_block("usage left", lines, language))
        blocks.append(say("usage resets", language, **until_reset(now)))
    elif left is not None:
        blocks.append(say("usage unlimited", language))
    return "\n\n".join(blocks)


def _block(title: str, lines: list[str], language: str) -> str:
    return "\n".join([say(title, language), *lines])


def _lines(used: Used, language: str) -> list[str]:
    numbers = {
        "usage questions": grouped(used.questions),
        "usage tokens": grouped(used.tokens),
        "usage heard": length(used.heard),
        "usage spoken": length(used.spoken),
        "usage translations": grouped(used.translations),
    }
    return [say(name, language, number=number) for name, number in numbers.items()]


def _lines_left(left: Left, language: str) -> list[str]:
    numbers = {
        "usage questions": None if left.questions is None else grouped(left.questions),
        "usage tokens": None if left.tokens is None else grouped(left.tokens),
        "usage voice": None if left.voice is None else length(left.voice),
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
