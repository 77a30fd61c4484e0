"""The bot where Telegram calls it, instead of being asked."""

import httpx
import pytest

from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.web import webhook_path
from tests.dialogues.conftest import RunningBot, is_final
from tests.ports import free_port
from tests.waiting import until, until_found

SECRET = "s3cret-of_the-webhook-0123456789abcdef"


def called_at(telegram: TelegramSandbox) -> list[str]:
    """Every address that Telegram was told to call."""
    return [call.parameters["url"] for call in telegram.calls("setWebhook")]


async def failure(telegram: TelegramSandbox) -> str | None:
    """What Telegram met when it last called in vain, if it did."""
    async with httpx.AsyncClient() as client:
        told = await client.get(f"{telegram.url}/bot{telegram.token}/getWebhookInfo")
    found: str | None = told.json()["result"].get("last_error_message")
    return found


@pytest.fixture
async def webhook(bot: RunningBot) -> str:
    """The bot, started again with a webhook; gives the address that Telegram is to call."""
    return await call_at_a_port(bot)


async def call_at_a_port(bot: RunningBot) -> str:
    """Start the bot again with a webhook; gives the address that Telegram is to call."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    await bot.restart(WEBHOOK_URL=url, WEBHOOK_SECRET=SECRET, PORT=str(port))
    return url + webhook_path(SECRET)


async def test_i_am_answered_through_the_webhook(
    anna: Person, telegram: TelegramSandbox, webhook: str
) -> None:
    """It is set by the bot itself; what I write is answered, and nobody polls."""
    await until(lambda: telegram.calls("setWebhook"))
    polls = len(telegram.calls("getUpdates"))

    await anna.says("What is 2 + 3?")
    (answer,) = await anna.reads(when=is_final)

    assert "5" in answer.text
    assert called_at(telegram) == [webhook]
    assert len(telegram.calls("getUpdates")) == polls


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_webhook_is_set_whatever_telegram_says_first(
    anna: Person, telegram: TelegramSandbox, bot: RunningBot
) -> None:
    """Telegram's first word about the webhook makes no sense; a moment later I am answered."""
    telegram.will("null_result", method="getWebhookInfo", times=1)
    await call_at_a_port(bot)

    await anna.says("What is 2 + 3?")
    (answer,) = await anna.reads(when=is_final)

    assert "5" in answer.text


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_what_i_wrote_while_the_bot_was_away_is_answered(
    anna: Person, telegram: TelegramSandbox, bot: RunningBot, webhook: str
) -> None:
    """Telegram finds nobody and keeps my question; the next process answers it once."""
    await until(lambda: telegram.calls("setWebhook"))
    await bot.stop()
    await anna.says("What is 2 + 3?")
    await until_found(lambda: failure(telegram))

    await bot.start()
    (answer,) = await anna.reads(when=is_final)

    assert "5" in answer.text


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_from_the_webhook_back_to_polls(
    anna: Person, telegram: TelegramSandbox, bot: RunningBot, webhook: str
) -> None:
    """My operator takes the variable away, and nothing that I wrote meanwhile is lost."""
    await until(lambda: telegram.calls("setWebhook"))
    await bot.stop()
    await anna.says("What is 2 + 3?")
    values = bot.settings.model_dump(exclude_unset=True) | {"webhook_url": None, "port": 0}
    bot.settings = type(bot.settings).model_validate(values)

    await bot.start()
    (answer,) = await anna.reads(when=is_final)

    assert "5" in answer.text
    assert telegram.calls("deleteWebhook")
