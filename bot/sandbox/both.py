"""Both remote APIs at once, for a terminal: what `ondemand-bot sandbox` runs."""

import asyncio
from collections.abc import Callable

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox

#: Any key will do at the sandbox; this one says what it is.
KEY = "sandbox-key-for-offline-use"


async def serve_both(
    *,
    telegram_port: int,
    ondemand_port: int,
    tell: Callable[[str], None],
    stopping: asyncio.Event,
) -> None:
    """Serve until `stopping` is set; tells the variables that make a bot use these servers.

    Port 0 takes a free one. Raises `OSError` when a port is taken.
    """
    async with (
        TelegramSandbox(port=telegram_port) as telegram,
        OnDemandSandbox(port=ondemand_port) as ondemand,
    ):
        tell(f"TELEGRAM_API_URL={telegram.url}")
        tell(f"TELEGRAM_BOT_TOKEN={telegram.token}")
        tell(f"ONDEMAND_API_URL={ondemand.url}")
        tell(f"ONDEMAND_API_KEY={KEY}")
        await stopping.wait()
