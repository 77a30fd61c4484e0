"""Files and pictures: attached, shown, refused; and messages changed, answered, passed on."""

import io
import re
from pathlib import Path

import av
from playwright.sync_api import FilePayload, expect

from tests.browser.messenger import AGAIN, Messenger


def picture(width: int = 320, height: int = 200) -> bytes:
    """A PNG of this size, in pixels."""
    file = io.BytesIO()
    with av.open(file, "w", format="image2pipe") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = width, height, "rgb24"
        container.mux(stream.encode(av.VideoFrame(width, height, "rgb24")))
        container.mux(stream.encode(None))
    return file.getvalue()


def attach(me: Messenger, file: FilePayload | Path) -> None:
    """Choose a file with the button."""
    with me.page.expect_file_chooser() as chosen:
        me.page.get_by_role("button", name="Attach files").click()
    chosen.value.set_files(file)


def test_i_send_a_picture_and_look_at_it(me: Messenger) -> None:
    """I attach a picture with a word, see it in the chat, and enlarge it."""
    me.begins_anew()
    attach(me, {"name": "porto.png", "mimeType": "image/png", "buffer": picture()})
    expect(me.page.locator(".piece")).to_contain_text("porto.png")
    me.text.fill("What is in this picture?")
    me.text.press("Enter")

    expect(me.mine.last.locator(".photo img")).to_be_visible()
    expect(me.mine.last).to_contain_text("What is in this picture?")
    expect(me.page.locator(".piece")).to_have_count(0)
    expect(me.answers.last.get_by_role("button", name=AGAIN)).to_be_visible()

    me.mine.last.get_by_role("button", name=re.compile("^Picture")).click()
    expect(me.page.get_by_role("dialog", name="Picture")).to_be_visible()
    me.page.keyboard.press("Escape")
    expect(me.page.get_by_role("dialog")).to_have_count(0)


def test_on_a_phone_a_wide_picture_fits(me: Messenger) -> None:
    """A picture is never wider than my phone."""
    me.opens("Food")
    attach(me, {"name": "porto.png", "mimeType": "image/png", "buffer": picture(1600, 400)})
    me.text.press("Enter")
    expect(me.mine.last.locator(".photo img")).to_be_visible()

    me.page.set_viewport_size({"width": 390, "height": 844})

    box = me.mine.last.locator(".photo").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_i_send_a_document_and_get_it_back(me: Messenger) -> None:
    """A document stands there with its name and size, and can be downloaded."""
    me.begins_anew()
    words = b"The train leaves at nine."
    attach(me, {"name": "plan.txt", "mimeType": "text/plain", "buffer": words})
    me.text.press("Enter")
    link = me.mine.last.get_by_role("link", name="plan.txt")
    expect(link).to_contain_text("25 B")

    with me.page.expect_download() as downloading:
        link.click()

    assert downloading.value.path().read_bytes() == words
    expect(me.answers.last).to_contain_text("plan.txt")


def test_a_file_above_20_mb_is_refused_and_says_why(me: Messenger, tmp_path: Path) -> None:
    """I attach a film of 21 MB, am told why it cannot be sent, and nothing is lost."""
    film = tmp_path / "film.mkv"
    with film.open("wb") as file:
        file.truncate(21 * 1024 * 1024)

    attach(me, film)

    dialog = me.page.get_by_role("dialog")
    expect(dialog).to_contain_text("“film.mkv” has 21 MB")
    expect(dialog).to_contain_text("20 MB")
    dialog.get_by_role("button", name="OK").click()
    expect(me.page.locator(".piece")).to_have_count(0)


def test_a_long_paste_becomes_several_messages(me: Messenger) -> None:
    """I paste more than a message can hold, where nobody answers, and all of it arrives."""
    me.opens("Food")
    words = "olive " * 900

    me.says(words)

    expect(me.mine.last).not_to_have_text(re.compile("^(olive ?){600,}"))
    said = [row.locator(".body").text_content() or "" for row in me.mine.all()[-2:]]
    assert sum(text.count("olive") for text in said) == 900


def test_i_change_answer_react_pass_on_and_delete(me: Messenger) -> None:
    """What I can do with a message of mine, from its menu."""
    me.opens("Trains")
    said = me.says("The train leaves at nine")

    me.chooses("Edit", of=said)
    expect(me.text).to_have_value("The train leaves at nine")
    me.text.fill("The train leaves at ten")
    me.text.press("Enter")
    expect(said).to_contain_text("The train leaves at ten")
    expect(said).to_contain_text("edited")

    me.chooses("React with 🔥", of=said)
    expect(said.get_by_role("button", name="🔥, 1")).to_have_attribute("aria-pressed", "true")

    me.chooses("Reply", of=said)
    reply = me.says("From which track?")
    expect(reply.get_by_role("button", name="In reply to Anna")).to_contain_text("at ten")

    me.chooses("Forward", of=said)
    me.page.get_by_role("dialog").get_by_role("button", name="Porto guide · Food").click()
    expect(me.page.get_by_role("heading", name="Food", level=1)).to_be_visible()
    expect(me.mine.last).to_contain_text("Forwarded from Anna")

    me.opens("Trains")
    me.chooses("Delete", of=said)
    me.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(said).to_have_count(0)
