"""What the operators were told, and when."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.tables import alerts


class Alerts:
    """The shelf of alerts. It is the same for all processes, so that none repeats another."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def is_news(self, name: str, *, at: datetime, pause: timedelta) -> bool:
        """Whether to tell this now: not again until a pause is over. Then it counts as told."""
        made = insert_into(self._connection, alerts).values(name=name, told_at=at)
        noted = made.on_conflict_do_update(
            index_elements=["name"],
            set_={"told_at": at},
            where=alerts.c.told_at <= at - pause,
        )
        return await self._connection.scalar(noted.returning(alerts.c.name)) is not None
