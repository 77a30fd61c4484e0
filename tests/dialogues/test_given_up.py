"""What was given up, and where the time of a turn went, for operators in /admin."""

import json

import pytest

from bot.house import open_house
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from bot.storage import Arrival
from tests.dialogues.conftest import RunningBot, is_final, labels
from tests.dialogues.test_admin import SECRET, admin, is_met
from tests.dialogues.test_menus import now


@pytest.fixture
def pace() -> float:
    """Several messages in a row would wait for Telegram's pace."""
    return 10.0


async def park(person: Person, bot: RunningBot, *numbers: int) -> None:
    """Messages of somebody that were given up some time ago."""
    at = bot.clock.now()
    async with open_house(bot.settings, clock=bot.clock) as house, house.store.begin() as tx:
        for number in numbers:
            message = {
                "message_id": number,
                "date": round(at.timestamp()),
                "chat": {"id": person.id, "type": "private", "first_name": person.name},
                "from": {"id": person.id, "is_bot": False, "first_name": person.name},
                "text": SECRET,
            }
            payload = json.dumps({"update_id": number, "message": message})
            lane = f"talk:{person.id}:0"
            await tx.inbox.accept([Arrival(number, lane, "message", payload)], at=at)
            entry = await tx.inbox.find(number)
            assert entry is not None
            held = await tx.inbox.take_over(lane, at=at)
            await held.bury([entry], at=at, failure="BugError")


async def test_two_operators_deal_with_what_was_given_up(
    anna: Person, bruno: Person, olga: Person, bot: RunningBot
) -> None:
    """Both of us look at the same entry: one buries it, the other is told that it was done.

    Another is tried again, and answered.
    """
    await bot.restart(ADMIN_USER_IDS=f"{olga.id},{anna.id}")
    await is_met(bruno)
    await park(bruno, bot, 0xABCD1, 0xABCD2)
    menu, hers = await admin(olga), await admin(anna)
    for person, shown in ((olga, menu), (anna, hers)):
        await person.presses("⚠️ Given up", message=shown)
        await person.presses("abcd1 · message · BugError", message=shown)
    page = now(olga, menu)

    buried = await olga.presses("✕ Bury", message=menu)
    late = await anna.presses("⟳ Try again", message=hers)
    await anna.presses("abcd2 · message · BugError", message=hers)
    again = await anna.presses("⟳ Try again", message=hers)
    await bruno.reads(when=is_final)

    words = [each.text if each else "" for each in (buried, late, again)]
    assert words == [
        "It is buried, and what it said is deleted.",
        "Somebody has dealt with this already.",
        "It is tried again within a minute.",
    ]
    assert "Given up; attempts: 0" in page.text
    assert "Nothing was given up." in now(anna, hers).text
    assert sum(map(is_final, bruno.sees())) == 1
    assert SECRET not in "".join(read.text for read in [*olga.sees(), *anna.sees()])


async def test_a_retry_that_fails_again_is_told_again(
    anna: Person, olga: Person, telegram: TelegramSandbox
) -> None:
    """An operator had my message tried again, and it makes no sense still: I hear so again."""
    await anna.says("Hello.")
    await anna.reads(when=is_final)
    poison = {**telegram.updates()[-1]["message"], "entities": 7, "message_id": 77}
    telegram.inject({"message": poison})
    await anna.reads(when=is_apology)

    menu = await admin(olga)
    await olga.presses("⚠️ Given up", message=menu)
    await olga.presses(labels(now(olga, menu))[0], message=menu)
    await olga.presses("⟳ Try again", message=menu)

    await anna.sees_eventually(lambda seen: sum(map(is_apology, seen)) == 2)


def is_apology(read: Read) -> bool:
    """Whether this says that a message was given up."""
    return "could not answer" in read.text


async def test_a_support_code_tells_the_steps_and_no_words(
    anna: Person, olga: Person, ondemand: OnDemandSandbox
) -> None:
    """Somebody reads me the code of an apology; I see where the time went, and no words."""
    ondemand.will("policy_refusal", operation="submit_query")
    await anna.says(SECRET)
    (apology,) = await anna.reads(when=lambda read: "other words" in read.text)
    code = apology.text.split()[-1]

    menu = await admin(olga)
    await olga.presses("🔎 Support code", message=menu)
    await olga.says(code, reply_to=menu)
    await olga.sees_eventually(lambda seen: f"{code}\n" in now(olga, menu).text)
    page = now(olga, menu)
    await olga.presses("Another code", message=menu)
    await olga.says("ffffff", reply_to=menu)
    await olga.sees_eventually(lambda seen: "no such code" in now(olga, menu).text)

    steps = page.text.splitlines()
    assert any(line.strip().endswith("entered") for line in steps)
    assert any("refused PolicyError" in line for line in steps)
    assert any("asking" in line for line in steps)
    assert "Done; attempts: 1" in page.text
    assert SECRET not in "".join(read.text for read in olga.sees())
