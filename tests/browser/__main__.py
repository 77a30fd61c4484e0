"""Take the pictures of the documents: `python -m tests.browser`.

It plays the scenes of the documents on a demo of its own, and writes `docs/pictures`.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Locator, expect, sync_playwright

from tests.browser import stage
from tests.browser.messenger import AGAIN, STOP, Messenger

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
WIDE, NARROW, MENU = (1280, 800), (390, 844), (560, 900)
MARGIN = 12  # pixels below a menu


class Camera:
    """A browser and a demo, and where the pictures go."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url

    @contextmanager
    def looks(
        self, size: tuple[int, int], *, dark: bool = False, who: str = "Anna"
    ) -> Iterator[Messenger]:
        """Somebody before a screen of this size."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            device_scale_factor=1 if size is WIDE else 1.5,
            has_touch=size is NARROW,
            is_mobile=size is NARROW,
            reduced_motion="reduce",
        )
        yield Messenger(context.new_page(), self.url).arrives(who)
        context.close()

    def takes(self, me: Messenger, name: str, *rows: Locator) -> None:
        """Write down what is on the screen, or of these rows of a chat."""
        me.page.mouse.move(1, 1)
        me.page.wait_for_timeout(500)
        path = PICTURES / f"{name}.png"
        me.page.screenshot(path=path, clip=around(rows) if rows else None)
        # Fewer colours make a third of the bytes, and nobody sees a difference.
        subprocess.run(
            ["pngquant", "--force", "--skip-if-larger", "--output", path, "256", path],  # noqa: S607
            check=False,
        )


def around(rows: Sequence[Locator]) -> FloatRect:
    """The part of the screen that these rows fill."""
    boxes = [box for row in rows if (box := row.bounding_box())]
    top = min(box["y"] for box in boxes)
    return {
        "x": 0,
        "y": top,
        "width": MENU[0],
        "height": max(box["y"] + box["height"] for box in boxes) + MARGIN - top,
    }


def conversation(camera: Camera) -> None:
    """The first screen: a plan of two days, with the drawer beside it; in both lights."""
    with camera.looks(WIDE) as me:
        camera.takes(me, "page-welcome")
        me.page.get_by_role("button", name=re.compile("^Ask")).click()
        growing = me.answers.filter(has=me.page.get_by_role("button", name=STOP)).last
        expect(growing).to_be_visible()
        answer = me.held(growing)
        me.looks_what_is_happening()
        expect(answer).to_contain_text("The sea")
        camera.takes(me, "page-wide-light")
        expect(answer.get_by_role("button", name=AGAIN)).to_be_visible()


def voices(camera: Camera) -> None:
    """Somebody speaks, and hears an answer; on a phone, in both lights."""
    with camera.looks(NARROW) as me:
        me.page.get_by_role("button", name="Record a voice message").click()
        expect(me.page.get_by_role("timer")).to_have_text("0:02")
        camera.takes(me, "page-recording")
        me.page.get_by_role("button", name="Cancel").click()
    with camera.looks(NARROW, dark=True) as me:
        sample(me)
        expect(me.answers.last.locator(".voice")).to_be_visible()
        me.page.wait_for_timeout(700)
        camera.takes(me, "page-narrow-dark")


def sample(me: Messenger) -> None:
    """Send the recording that comes along, as a page without a microphone does."""
    refuse = "async () => { throw new DOMException('', 'NotFoundError') }"
    me.page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {refuse} }}")
    me.page.get_by_role("button", name="Record a voice message").click()
    me.page.get_by_role("button", name="Send the sample").click()
    expect(me.mine.last.locator(".voice")).to_be_visible()


def group(camera: Camera) -> None:
    """Three people in a group, in the dark, and the faults."""
    with camera.looks(WIDE, dark=True) as me:
        me.opens("Trip to Porto")
        me.says("Tickets are booked! We arrive on Friday at nine.")
        me.becomes("Mei")
        said = me.says("谢谢。")
        me.becomes("Bruno")
        asked = me.says("¿Quién viene a cenar?")
        me.becomes("Anna")
        me.chooses("React with 🎉", of=said)
        me.chooses("Reply", of=asked)
        translation = me.says("/translate").locator("xpath=following-sibling::article").first
        expect(translation).to_contain_text("Who is coming to dinner?")
        camera.takes(me, "page-wide-dark")
        drawer = me.looks_what_is_happening("Faults")
        drawer.get_by_role("button", name="OnDemand: cut stream: arm").click()
        expect(drawer.locator(".armed")).to_be_visible()
        camera.takes(me, "page-faults")
    with camera.looks(NARROW) as me:
        me.page.get_by_role("button", name="Back to the chats").click()
        camera.takes(me, "page-narrow-light")


def menus(camera: Camera) -> None:
    """The menus of the bot, as they stand in a chat."""
    for command in ("plugins", "chats", "settings", "voice", "usage"):
        with camera.looks(MENU) as me:
            said = me.says(f"/{command}")
            menu = said.locator("xpath=following-sibling::article").last
            expect(menu).to_be_visible()
            camera.takes(me, f"menus-{command}", said, menu)


SCENES: tuple[Callable[[Camera], None], ...] = (conversation, voices, group, menus)


def main() -> int:
    """Play every scene."""
    if stage.chromium() is None:
        print("no Chromium is found here; install the package chromium")
        return 1
    PICTURES.mkdir(exist_ok=True)
    expect.set_options(timeout=stage.PATIENCE)
    with tempfile.TemporaryDirectory() as name, stage.demo(Path(name)) as url:
        recording = stage.record(Path(name) / "spoken.wav")
        with sync_playwright() as playwright:
            browser = stage.launch(playwright, recording)
            for scene in SCENES:
                scene(Camera(browser, url))
            browser.close()
    for path in sorted(PICTURES.glob("*.png")):
        print(f"{path.name}: {path.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
