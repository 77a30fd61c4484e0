"""One text of an operator's for many people."""

import asyncio

import pytest

from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import RunningBot, labels
from tests.dialogues.test_admin import admin, is_met
from tests.dialogues.test_menus import now, ticked
from tests.waiting import until


@pytest.fixture
def pace() -> float:
    """Several messages in a row would wait for Telegram's pace."""
    return 10.0


async def write_broadcast(olga: Person, menu: Read, text: str) -> Read:
    """A broadcast, written and not sent."""
    await olga.presses("📣 Broadcast", message=menu)
    await olga.presses("✎ Write one", message=menu)
    await olga.says(text, reply_to=menu)
    await olga.sees_eventually(lambda seen: "Not sent yet" in now(olga, menu).text)
    return now(olga, menu)


async def test_a_broadcast_reaches_everybody_who_wants_it_once(
    anna: Person, bruno: Person, olga: Person, telegram: TelegramSandbox
) -> None:
    """I write, see, aim and confirm; each gets it once, and who wants no more gets no more."""
    emil = telegram.person("Emil")
    for person in (anna, bruno, emil):
        await is_met(person)
    menu = await admin(olga)
    draft = await write_broadcast(olga, menu, "We have **news**.")
    await emil.blocks()
    await olga.presses("Send…", message=menu)
    sure = now(olga, menu)
    await olga.presses("Yes, send to 4", message=menu)

    (hers,) = await anna.reads(when=lambda read: "news" in read.text)
    (his,) = await bruno.reads(when=lambda read: "news" in read.text)
    await olga.reads(when=lambda read: read.text == "We have news.")
    await bruno.presses("🔕 No quiero más")
    await olga.presses("⟳ Refresh", message=menu)
    await olga.sees_eventually(lambda seen: "Unreachable" in now(olga, menu).text)
    done = now(olga, menu)
    await olga.presses("‹ Back", message=menu)
    second = await write_broadcast(olga, menu, "And more.")
    await bruno.says("/settings")
    await bruno.presses("Novedades: No")
    await olga.presses("2/s", message=menu)
    third = now(olga, menu)

    assert "Recipients: 4." in draft.text
    assert draft.text.endswith("We have news.")
    assert ticked(draft) == ["Everybody", "10/s"]
    assert "cannot be taken back" in sure.text
    assert hers.text == his.text == "We have news."
    assert labels(hers) == ["🔕 No more of these"]
    assert "Sent: 3" in done.text
    assert "Unreachable: 1" in done.text
    assert "Recipients: 2." in second.text
    assert "Recipients: 3." in third.text


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_broadcast_is_not_for_whoever_was_turned_away(
    anna: Person, bruno: Person, olga: Person, bot: RunningBot
) -> None:
    """My bot is private and knows all who knocked: I write to those I let in, and to myself."""
    await bot.restart(ACCESS="allowlist")
    await bruno.says("May I?")
    await bruno.reads()
    await olga.says(f"/admin admit {anna.id}")
    await olga.reads()
    await is_met(anna)
    menu = await admin(olga)
    draft = await write_broadcast(olga, menu, "News.")
    await olga.presses("Send…", message=menu)
    await olga.presses("Yes, send to 2", message=menu)
    await anna.reads(when=lambda read: read.text == "News.")
    await olga.reads(when=lambda read: read.text == "News.")

    assert "Recipients: 2." in draft.text
    assert "News." not in [read.text for read in bruno.sees()]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_broadcast_that_i_cannot_see_whole_is_not_sent(olga: Person) -> None:
    """My text has few letters and takes more than a message: I am told, and write a shorter one."""
    menu = await admin(olga)
    await olga.presses("📣 Broadcast", message=menu)
    await olga.presses("✎ Write one", message=menu)

    await olga.says("😀" * 2030, reply_to=menu)
    await olga.sees_eventually(lambda seen: "too long" in now(olga, menu).text)
    await olga.says("😀", reply_to=menu)
    await olga.sees_eventually(lambda seen: now(olga, menu).text.endswith("😀"))

    assert "Send…" in labels(now(olga, menu))


async def test_a_paused_broadcast_waits_and_goes_on(
    olga: Person, bot: RunningBot, telegram: TelegramSandbox
) -> None:
    """I pause it in the middle: nobody else gets it, over a restart, until I let it go on."""
    people = [telegram.person(f"P{number}") for number in range(12)]
    await asyncio.gather(*map(is_met, people))

    def reached() -> int:
        return sum("News" in read.text for person in people for read in person.sees())

    menu = await admin(olga)
    await write_broadcast(olga, menu, "News.")
    await olga.presses("2/s", message=menu)
    await olga.presses("Send…", message=menu)
    await olga.presses("Yes, send to 13", message=menu)
    await until(lambda: reached() >= 3)
    await olga.presses("⏸ Pause", message=menu)
    await bot.restart()
    paused = reached()
    page = now(olga, menu)
    await olga.presses("▶ Go on", message=menu)
    await until(lambda: reached() == 12)

    assert paused < 12
    assert "It is paused." in page.text
    assert [sum("News" in read.text for read in each.sees()) for each in people] == [1] * 12
