"""The page as a messenger: asking, stopping, speaking, choosing, killing, coming back."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.browser.messenger import AGAIN, STOP, Messenger

#: A question whose answer grows for some seconds.
LONG = "Write 1500 characters, please."


def test_an_answer_grows_before_my_eyes(me: Messenger) -> None:
    """I ask, and read the beginning of the answer while the rest is still being written."""
    answer = me.asks(LONG)

    me.sees_growing(answer)

    me.presses(STOP, below=answer)
    expect(answer.get_by_role("button", name=AGAIN)).to_be_visible()


def test_stop_ends_an_answer(me: Messenger) -> None:
    """I press Stop, and the answer stays as it is, marked."""
    answer = me.asks(LONG)

    me.presses(STOP, below=answer)

    expect(answer).to_contain_text("Stopped here")
    expect(answer.get_by_role("button", name=STOP)).to_be_hidden()


def test_i_speak_and_hear_back(me: Messenger) -> None:
    """I speak into the microphone, read what was heard, and play the spoken answer."""
    me.begins_anew()
    me.page.get_by_role("button", name="Record a voice message").click()
    expect(me.page.get_by_role("timer")).to_have_text("0:03")
    me.page.get_by_role("button", name="Send the voice message").click()

    expect(
        me.mine.last.get_by_role("group", name=re.compile(r"Voice message, 0:0[2-5]"))
    ).to_be_visible()
    expect(me.answers.last.locator(".voice")).to_be_visible()

    heard = me.answers.filter(has_text="🎙").last.locator(".quote").text_content() or ""
    assert re.search(r"weather|porto", heard) or len(heard.split()) > 2, heard
    me.answers.last.get_by_role("button", name="Play").click()
    expect(me.answers.last.locator(".length")).to_have_text(re.compile(r"0:0[1-9] / 0:\d\d"))
    me.answers.last.get_by_role("button", name="Speed 1").click()
    expect(me.answers.last.get_by_role("button", name="Speed 1.5")).to_be_visible()
    me.answers.last.get_by_role("button", name="Pause").click()


def test_without_a_microphone_i_can_send_a_sample(me: Messenger) -> None:
    """My browser refuses the microphone; the page says so, and sends a recording it has."""
    me.begins_anew()
    refuse = "async () => { throw new DOMException('', 'NotAllowedError') }"
    me.page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {refuse} }}")

    me.page.get_by_role("button", name="Record a voice message").click()
    dialog = me.page.get_by_role("dialog")
    expect(dialog).to_contain_text("may not use your microphone")
    dialog.get_by_role("button", name="Send the sample").click()

    expect(me.mine.last.get_by_role("group", name="Voice message")).to_be_visible()
    expect(me.answers.last.locator(".voice")).to_be_visible()


def test_i_choose_a_plugin(me: Messenger) -> None:
    """I open /plugins and press one; the menu changes in place, and ticks it."""
    me.says("/plugins")
    menu = me.held(me.answers.filter(has=me.page.get_by_role("button", name="Sets")).last)
    key = menu.get_by_role("button", name="Internet")
    was = key.text_content()

    key.click()

    expect(key).to_have_text("Internet" if was != "Internet" else "✅ Internet")
    assert was in ("Internet", "✅ Internet")


def test_killed_in_mid_answer_it_answers_all_the_same(me: Messenger) -> None:
    """I kill the bot while it writes; it comes back, and completes the same message."""
    answer = me.asks(LONG)
    drawer = me.looks_what_is_happening("Faults")

    drawer.get_by_role("button", name="Kill the bot now").click()

    expect(me.page.locator("#notice")).to_contain_text(re.compile("killed|starting"))
    expect(me.page.locator("#notice")).to_be_hidden()
    expect(answer.get_by_role("button", name=STOP)).to_be_hidden()
    expect(me.answers.last.get_by_role("button", name=AGAIN)).to_be_visible()
    expect(drawer.locator("#rows")).to_contain_text("killed")


def test_a_page_reloaded_in_mid_answer_shows_it(me: Messenger) -> None:
    """I reload the page while an answer grows, and see it go on growing."""
    answer = me.asks(LONG)
    number = answer.get_attribute("data-id")

    me.page.reload()

    again = me.message(number)
    expect(again.get_by_role("button", name=STOP)).to_be_visible()
    me.sees_growing(again)
    me.presses(STOP, below=again)
    expect(again).to_contain_text("Stopped here")


def test_two_tabs_agree(me: Messenger, context: BrowserContext) -> None:
    """I write in one tab, and read it in the other, where I am somebody else."""
    me.opens("Trip to Porto")
    other = Messenger(context.new_page(), me.url).arrives("Mei")
    other.opens("Trip to Porto")

    said = me.says("Who has the tickets?")
    number = said.get_attribute("data-id")

    seen = other.message(number)
    expect(seen).to_contain_text("Who has the tickets?")
    expect(seen).to_contain_text("Anna")


def test_a_script_tag_is_text(me: Messenger) -> None:
    """Somebody writes a script; I read it, and nothing runs."""
    words = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>"

    said = me.begins_anew().says(words)

    expect(said.locator(".body")).to_contain_text(words)
    assert said.locator("script, .body img").count() == 0
    assert "taken" not in me.page.title()
    expect(me.answers.last.get_by_role("button", name=AGAIN)).to_be_visible()


def test_in_a_group_i_am_who_i_choose_to_be(me: Messenger) -> None:
    """Anna, Bruno and Mei write in the group, each by themselves, in their languages."""
    me.opens("Trip to Porto")
    me.says("Dinner at eight?")
    me.becomes("Bruno")
    me.says("¡Perfecto!")
    me.becomes("Mei")
    me.says("好的，八点见。")

    expect(me.mine.last).to_contain_text("好的，八点见。")
    for name, words in (("Anna", "Dinner at eight?"), ("Bruno", "¡Perfecto!")):
        row = me.answers.filter(has_text=words).last
        expect(row).to_have_attribute("aria-label", re.compile(f"^{name}, "))


def test_the_first_minute_offers_four_ways(me: Messenger) -> None:
    """Somebody new sees what to try, and one press tries it."""
    me.becomes("Bruno")
    ways = me.page.get_by_role("region", name="The first minute").get_by_role("button")
    expect(ways).to_have_count(4)

    ways.filter(has_text="Choose plugins").click()

    expect(me.mine.last).to_contain_text("/plugins")
    expect(me.answers.last.get_by_role("button", name="Internet")).to_be_visible()
    expect(me.page.locator("#chips")).to_contain_text("What is the weather in Porto?")


def test_the_drawer_shows_the_way_of_an_update(me: Messenger) -> None:
    """I ask, and see the update, its lane, and the calls to both sides, with their times."""
    drawer = me.looks_what_is_happening()
    drawer.get_by_role("button", name="Clear").click()

    me.begins_anew().says("What is 6 * 7?")

    expect(me.answers.last).to_contain_text("42")
    rows = drawer.get_by_role("listitem")
    for kind in ("Update", "Lane", "OnDemand", "Bot API"):
        expect(rows.filter(has_text=f"{kind}: ").first).to_be_attached()
    expect(rows.filter(has_text="sendMessage").locator(".took").last).to_have_text(
        re.compile(r"\d+ m?s")
    )


def test_a_fault_is_armed_and_taken_back(me: Messenger) -> None:
    """I arm a fault, see it armed, and take it back."""
    drawer = me.looks_what_is_happening("Faults")

    drawer.get_by_role("button", name="OnDemand: cut stream: arm").click()

    expect(drawer.locator('[data-fault="cut_stream"]')).to_contain_text("Armed")
    drawer.get_by_role("button", name="OnDemand: cut stream: disarm").click()
    expect(drawer.locator('[data-fault="cut_stream"]')).not_to_contain_text("Armed")
