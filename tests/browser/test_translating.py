"""Three people, three languages, one group."""

from playwright.sync_api import expect

from tests.browser.messenger import Messenger


def test_i_read_what_another_wrote_in_their_language(me: Messenger) -> None:
    """Bruno writes Spanish in the group; Anna answers with /translate, and reads English."""
    me.opens("Trip to Porto")
    me.becomes("Bruno")
    said = me.says("Hasta mañana.")
    me.becomes("Anna")

    me.chooses("Reply", of=said)
    asked = me.says("/translate")

    below = asked.locator("xpath=following-sibling::article")
    expect(below.filter(has_text="See you tomorrow.")).to_be_visible()


def test_the_first_minute_translates(me: Messenger) -> None:
    """One press writes to the group, and what I said stands there in another language."""
    me.becomes("Mei")
    ways = me.page.get_by_role("region", name="The first minute")
    ways.get_by_role("button", name="Translate").click()

    expect(me.page.get_by_role("heading", name="Trip to Porto", level=1)).to_be_visible()
    expect(me.answers.last).to_contain_text("Hasta mañana.")
