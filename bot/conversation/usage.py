"""What people use: reserved when a question is let in, settled when it is answered.

Each count is made once for each turn, in the transaction that remembers the step, so a turn that is
begun again counts nothing twice. All of a turn belongs to the day on which it was let in.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self, cast

from bot.conversation.quotas import (
    TELL_PAUSE,
    NoTranslationsLeftError,
    OverQuotaError,
    day_of,
    is_given_back,
    is_near,
    left_of,
)
from bot.conversation.services import Services
from bot.conversation.turns import Turn
from bot.ondemand import OnDemandError
from bot.storage import JSON, OWN_ALLOWANCE, Allowance, Transaction, Used


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


async def allowance_of(tx: Transaction, user: int, services: Services) -> Allowance:
    """What this person may use in a day, with a limit of their own where an operator gave one."""
    chosen = await tx.settings.of_user(user)
    is_operator = services.door.is_operator(user)
    return services.quotas.of(chosen.get(OWN_ALLOWANCE), is_operator=is_operator)


async def reserve(
    tx: Transaction, user: int, allowance: Allowance, *, most: int | None, at: datetime
) -> Reservation | str:
    """Count a question before it is answered; a phrase says why it may not be asked.

    `most` is how many everybody together may ask in a day.
    """
    day = day_of(at)
    if not await tx.usage.reserve(user, day, allowance):
        return "limit reached"
    if not await tx.usage.reserve_of_all(day, most):
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
    day = _day_of(turn, services)
    mine = Used(questions=0 if reservation else 1, tokens=tokens)
    used = await tx.usage.add(user, day, mine)
    if group is not None:
        await tx.usage.add_to_chat(group, day, Used(questions=1, tokens=tokens))
    if reservation is None:
        await tx.usage.reserve_of_all(day, None)
    allowance = await allowance_of(tx, user, services)
    is_close = used is not None and is_near(used, allowance)
    return is_close and await tx.usage.warn(user, day)


def _day_of(turn: Turn, services: Services) -> date:
    """The day on which the turn was let in."""
    reservation = Reservation.of(turn)
    return reservation.day if reservation else day_of(services.clock.now())


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
    day = _day_of(turn, services)

    async def count(tx: Transaction) -> float:
        allowance = await allowance_of(tx, user, services)
        if not await tx.usage.reserve_voice(user, day, seconds, allowance):
            left = left_of(await tx.usage.of_user(user, day, day), allowance)
            raise OverQuotaError(left.voice or 0.0)
        return float(seconds)

    await turn.step_in("listened", count)


async def count_recording(
    tx: Transaction, turn: Turn, group: int | None, services: Services
) -> None:
    """Count a recording as heard in a group too, now that it was."""
    seconds = turn.recall("listened")
    if group is not None and isinstance(seconds, float):
        await tx.usage.add_to_chat(group, _day_of(turn, services), Used(heard=seconds))


async def has_voice_left(tx: Transaction, user: int, services: Services) -> bool:
    """Whether anything may still be spoken to this person today."""
    allowance = await allowance_of(tx, user, services)
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


@asynccontextmanager
async def one_translation(user: int, services: Services) -> AsyncIterator[None]:
    """Count a translation before it is made in the block; where it fails there, it costs nothing.

    Raises `NoTranslationsLeftError`. Killed in the block, it stays counted: nobody can know.
    """
    at = services.clock.now()
    day = day_of(at)
    async with services.store.begin() as tx:
        allowance = await allowance_of(tx, user, services)
        if allowance.translations is not None:
            # Whoever only writes to others in a group is not known; no limit could hold for them.
            await tx.users.meet(user, language=None, at=at)
        is_counted = await tx.usage.reserve_translation(user, day, allowance)
        if not is_counted and allowance.translations is not None:
            raise NoTranslationsLeftError
    try:
        yield
    except OnDemandError:
        async with services.store.begin() as tx:
            await tx.usage.give_back(user, day, translations=1)
        raise


async def tell_of_translations(user: int, turn: Turn, services: Services) -> bool:
    """Whether to tell this person now that their translations are used up. Once for each turn."""

    async def tell(tx: Transaction) -> bool:
        at = services.clock.now()
        return await tx.usage.tell(user, day_of(at), "translations", at=at, pause=TELL_PAUSE)

    return await turn.step_in("untranslated", tell)
