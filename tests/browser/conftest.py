"""One demo and one browser for all of these tests, and a fresh page for each.

Neither outlives them: while the browser is driven, nothing else in its process can run a loop.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser import stage
from tests.browser.messenger import Messenger

_WITHOUT = "no Chromium is found here; install the package chromium (apt-get install chromium)"


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page of a running demo is."""
    with stage.demo(tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The machine's Chromium, with a microphone that hears somebody speak."""
    if stage.chromium() is None:
        pytest.skip(_WITHOUT)
    expect.set_options(timeout=stage.PATIENCE)
    recording = stage.record(tmp_path_factory.mktemp("microphone") / "spoken.wav")
    with sync_playwright() as playwright:
        browser = stage.launch(playwright, recording)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has never been here. It fails the test if anything complained in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(stage.PATIENCE)
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on(
        "console",
        lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None,
    )
    yield context
    context.close()
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page."""
    return context.new_page()


@pytest.fixture
def me(page: Page, address: str) -> Messenger:
    """Anna, at her chat with the bot."""
    return Messenger(page, address).arrives()
