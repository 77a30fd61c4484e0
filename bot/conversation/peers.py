"""The other processes of the same bot, as the use cases see them."""

from collections.abc import Callable
from typing import Protocol

from bot.storage import JSON


class Peers(Protocol):
    """Whoever else runs this bot. There may be nobody."""

    def on(self, topic: str, ear: Callable[[JSON], JSON]) -> None:
        """Hear this topic; what is given back is the reply, and `None` is none."""

    async def tell(self, topic: str, about: JSON) -> None:
        """Let the others know."""

    async def ask(self, topic: str, about: JSON) -> JSON:
        """What one of the others replies; `None` after a moment if nobody does."""


class Nobody:
    """No peers: one process is the whole bot."""

    def on(self, topic: str, ear: Callable[[JSON], JSON]) -> None:
        """Nobody will say anything."""

    async def tell(self, topic: str, about: JSON) -> None:
        """Nobody hears it."""

    async def ask(self, topic: str, about: JSON) -> JSON:
        """Nobody replies."""
        return None
