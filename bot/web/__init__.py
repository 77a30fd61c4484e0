"""The HTTP door: the webhook that Telegram calls, and what an operator looks at."""

from bot.web.door import Door
from bot.web.server import serve
from bot.web.webhook import NotAnUpdateError, Webhook, webhook_path

__all__ = [
    "Door",
    "NotAnUpdateError",
    "Webhook",
    "serve",
    "webhook_path",
]
