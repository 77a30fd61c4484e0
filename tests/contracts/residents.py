"""Two people and their group, whom a shelf must know before it keeps anything of them."""

from bot.storage.store import Transaction
from tests.conftest import HandClock

ANNA, BRUNO, GROUP = 7_000_000_001, 7_000_000_002, -1_001_234_567_890


async def settle_in(tx: Transaction, clock: HandClock, *, kind: str = "supergroup") -> None:
    """Make them known."""
    for user in (ANNA, BRUNO):
        await tx.users.meet(user, language=None, at=clock.now())
    await tx.chats.meet(GROUP, kind=kind, at=clock.now())
