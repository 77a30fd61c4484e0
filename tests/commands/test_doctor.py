"""What the doctor finds out, in the words an operator reads."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import stamina

from bot.audio import Limits, Studio
from bot.doctor import Finding, examine
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.settings import Settings
from bot.web import webhook_path

KEY = "canary-ondemand-key-0123456789"
PREFERRED = "predefined-gpt-5.6-sol"


@pytest.fixture(autouse=True)
def no_waiting_between_retries() -> Iterator[None]:
    """Retries come at once."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
async def ondemand() -> AsyncIterator[OnDemandSandbox]:
    """The platform, on loopback."""
    async with OnDemandSandbox(pace=0, keys=(KEY,)) as sandbox:
        yield sandbox


async def found(
    ondemand: OnDemandSandbox, *, patience: float = 30.0, **variables: Any
) -> dict[str, Finding]:
    """What the doctor finds with these settings, by part."""
    settings = Settings(ondemand_api_key=KEY, ondemand_api_url=ondemand.url, **variables)
    return {each.part: each async for each in examine(settings, patience=patience)}


@pytest.mark.parametrize(
    ("part", "behaviour", "variables", "is_well", "says"),
    [
        ("endpoint", None, {}, True, f"{PREFERRED} would be chosen; it is active and streams"),
        (
            "endpoint",
            None,
            {"ondemand_endpoint_id": "predefined-of-tomorrow"},
            False,
            "predefined-of-tomorrow is not in the registry; "
            f"set ONDEMAND_ENDPOINT_ID to {PREFERRED}, or leave it empty",
        ),
        (
            "endpoint",
            ("server_error", {"operation": "list_endpoints"}),
            {},
            False,
            "{url} fails: status 500, code server_error, trace ",
        ),
        ("plugins", None, {}, True, "ONDEMAND_PLUGIN_IDS is empty: none are on in a new chat"),
        (
            "plugins",
            None,
            {"ondemand_plugin_ids": "1741770626,plugin-1722260873,agent-1775547203"},
            False,
            "not subscribed to 1741770626; switched off: agent-1775547203",
        ),
        (
            "plugins",
            ("no_plugins", {}),
            {"ondemand_plugin_ids": "plugin-1722260873"},
            True,
            "the account lists no plugins, so nothing is known of plugin-1722260873",
        ),
        (
            "services",
            ("not_subscribed", {}),
            {},
            False,
            "not subscribed to speech to text, text to speech, translation; do so in the dashboard",
        ),
        (
            "services",
            ("unknown_error", {"operation": "translate"}),
            {},
            False,
            "translation fails: status 400, code 400, trace ",
        ),
        (
            "services",
            ("links_expired", {}),
            {},
            False,
            "text to speech fails: status 403",
        ),
    ],
    ids=[
        "a model by preference",
        "an unknown model",
        "no registry",
        "no plugins wanted",
        "plugins that cannot be used",
        "a list that proves nothing",
        "services that are missing",
        "a broken service",
        "results that cannot be fetched",
    ],
)
async def test_what_cannot_be_used_is_told(
    part: str,
    behaviour: tuple[str, dict[str, Any]] | None,
    variables: dict[str, Any],
    is_well: bool,
    says: str,
    ondemand: OnDemandSandbox,
) -> None:
    """I am told what of the platform I cannot use, and the rest is looked at all the same."""
    if behaviour:
        ondemand.will(behaviour[0], **behaviour[1])

    findings = await found(ondemand, **variables)

    assert findings[part].says.startswith(says.format(url=ondemand.url))
    others = {"ondemand", "endpoint", "plugins", "services"} - {part}
    assert (findings[part].is_well, {findings[other].is_well for other in others}) == (
        is_well,
        {True},
    )
    assert ondemand.paid == 0


@pytest.mark.parametrize(
    ("behaviour", "parameters", "says"),
    [
        ("payment_required", {}, "{url} fails: status 402, trace "),
        ("edge_ban", {}, "{url} fails: status 403, code browser_signature_banned, "),
        ("server_error", {"empty": True}, "{url} fails: status 500, trace "),
        ("reset", {}, "{url} fails: the line broke"),
    ],
)
async def test_a_closed_door(
    behaviour: str, parameters: dict[str, Any], says: str, ondemand: OnDemandSandbox
) -> None:
    """When the platform does not let me in I am told why, in time, and nothing else of it."""
    ondemand.will(behaviour, **parameters)

    findings = await found(ondemand)

    assert list(findings) == ["telegram", "ondemand", "sound", "data key", "database"]
    assert findings["ondemand"].says.startswith(says.format(url=ondemand.url))
    assert not findings["ondemand"].is_well


@pytest.mark.parametrize(
    ("part", "operation"), [("ondemand", "list_sessions"), ("services", "text_to_speech")]
)
async def test_nobody_waits_for_silence(
    part: str, operation: str, ondemand: OnDemandSandbox
) -> None:
    """A part of the platform that says nothing does not keep me waiting for the others."""
    ondemand.will("hang", operation=operation, seconds=2.0)

    findings = await found(ondemand, patience=1.0)

    assert findings[part] == Finding(
        part, is_well=False, says=f"{ondemand.url} gave no answer within 1 seconds"
    )
    assert "database" in findings


@pytest.mark.parametrize(
    ("program", "limits", "trouble"),
    [
        ("raise SystemExit(1)", Limits(), "a worker is gone"),
        ("import time; time.sleep(60)", Limits(start=1.0), "a worker took more than 1 seconds"),
    ],
    ids=["does not start", "hangs"],
)
async def test_sound_that_cannot_be_worked_on_is_told(
    program: str, limits: Limits, trouble: str
) -> None:
    """Where nobody could be answered aloud I read so in one line, before anybody tries."""
    studio = Studio(limits=limits, program=(sys.executable, "-c", program))

    findings = {each.part: each async for each in examine(Settings(), studio=studio)}

    assert findings["sound"] == Finding(
        "sound",
        is_well=False,
        says=f"no voice note can be made ({trouble}); install the bot anew, or give it more memory",
    )
    assert findings["database"].is_well


async def test_a_moments_refusal_is_no_alarm(ondemand: OnDemandSandbox) -> None:
    """A good key that is refused for a moment is a good key."""
    ondemand.will("sporadic_401", times=2)

    findings = await found(ondemand)

    assert findings["ondemand"].is_well
    assert [call.status for call in ondemand.calls("list_sessions")] == [401, 401, 200]


SECRET = "s3cret-of_the-webhook-0123456789abcdef"
HOOK: dict[str, Any] = {"webhook_url": "http://127.0.0.1:9", "webhook_secret": SECRET}
OURS = f"http://127.0.0.1:9{webhook_path(SECRET)}"


@pytest.mark.parametrize(
    ("given", "set_to", "behaviour", "is_well", "says"),
    [
        ({}, "", None, True, "@ondemand_sandbox_bot answers; 0 updates wait"),
        (
            {},
            "http://127.0.0.1:9/x",
            None,
            True,
            "@ondemand_sandbox_bot answers; a webhook is set, and the next start removes it",
        ),
        (HOOK, "", None, True, "@ondemand_sandbox_bot answers; the next start sets the webhook"),
        (HOOK, OURS, None, True, "@ondemand_sandbox_bot answers; the webhook is set, 0 update"),
        (
            {},
            "",
            "unauthorized",
            False,
            "TELEGRAM_BOT_TOKEN is refused; @BotFather shows the right one",
        ),
        ({}, "", "reset", False, "cannot be reached (NetworkError)"),
    ],
    ids=["polls", "another webhook", "a webhook to be set", "our webhook", "refused", "away"],
)
async def test_what_telegram_says_of_the_bot(
    ondemand: OnDemandSandbox,
    given: dict[str, Any],
    set_to: str,
    behaviour: str | None,
    is_well: bool,
    says: str,
) -> None:
    """I see whether my token is good and how updates will come; nothing is changed."""
    async with TelegramSandbox() as telegram, httpx.AsyncClient() as client:
        if set_to:
            url = f"{telegram.url}/bot{telegram.token}/setWebhook"
            await client.post(url, json={"url": set_to})
        if behaviour:
            telegram.will(behaviour)

        findings = await found(
            ondemand,
            telegram_api_url=telegram.url,
            telegram_bot_token=telegram.token,
            **given,
        )

        asked = {call.method for call in telegram.calls()} - {"setWebhook"}
        assert findings["telegram"].says.startswith(says)
        assert findings["telegram"].is_well is is_well
        assert asked <= {"getMe", "getWebhookInfo"}


async def test_a_webhook_that_cannot_be_delivered_to_is_told(ondemand: OnDemandSandbox) -> None:
    """Telegram calls in vain: I read how many wait and what it met."""
    async with TelegramSandbox() as telegram, httpx.AsyncClient() as client:
        url = f"{telegram.url}/bot{telegram.token}/setWebhook"
        await client.post(url, json={"url": OURS})
        await telegram.person("Anna").says("Hello?")
        async with asyncio.timeout(10):
            while True:
                findings = await found(
                    ondemand,
                    telegram_api_url=telegram.url,
                    telegram_bot_token=telegram.token,
                    **HOOK,
                )
                if not findings["telegram"].is_well:
                    break

    assert "1 updates wait; the webhook failed at " in findings["telegram"].says
    assert findings["telegram"].says.endswith("Connection failed")
