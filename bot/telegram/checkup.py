"""What an operator is told of the bot at Telegram, before it runs. Nothing is changed."""

from telegram import Bot, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.health import Condition


async def examine_bot(bot: Bot, *, hook: str | None) -> Condition:
    """Whether the token is good, and whether updates come as they are to.

    `hook` is the whole address that Telegram is to call, or `None` where the bot polls.
    """
    try:
        await bot.initialize()
        info = await bot.get_webhook_info()
    except InvalidToken:
        return Condition(False, "TELEGRAM_BOT_TOKEN is refused; @BotFather shows the right one")
    except TelegramError as error:
        return Condition(False, f"cannot be reached ({type(error).__name__})")
    is_well, says = _delivery(info, hook)
    return Condition(is_well, f"@{bot.username} answers; {says}")


def _delivery(info: WebhookInfo, hook: str | None) -> tuple[bool, str]:
    waiting = f"{info.pending_update_count} updates wait"
    if hook is None:
        return True, "a webhook is set, and the next start removes it" if info.url else waiting
    if info.url != hook:
        return True, "the next start sets the webhook"
    if info.last_error_date is not None and info.pending_update_count:
        at = f"{info.last_error_date:%Y-%m-%d %H:%M} UTC"
        # Telegram's own words: what went wrong on the way to us, and nobody's message.
        return False, f"{waiting}; the webhook failed at {at}: {info.last_error_message}"
    return True, f"the webhook is set, {waiting}"
