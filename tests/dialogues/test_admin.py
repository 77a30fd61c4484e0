"""/admin: what operators see and do, what people meet of it, and that nobody else meets any."""

import asyncio
import json

import pytest

from bot.conversation.phrases import say
from bot.house import open_house
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from bot.storage import Arrival
from tests.dialogues.conftest import RunningBot, is_final, labels
from tests.dialogues.test_menus import data_of, now, ticked
from tests.dialogues.test_privacy import DELETE, SURE
from tests.waiting import until

SECRET = "a word that is nobody's business"


@pytest.fixture
def pace() -> float:
    """Several messages in a row would wait for Telegram's pace."""
    return 10.0


@pytest.fixture
async def olga(telegram: TelegramSandbox, bot: RunningBot) -> Person:
    """The operator."""
    olga = telegram.person("Olga")
    await bot.restart(ADMIN_USER_IDS=str(olga.id))
    return olga


async def admin(person: Person) -> Read:
    """The menu of operators, opened."""
    await person.says("/admin")
    (menu,) = await person.reads(when=lambda read: "Who may ask" in read.text)
    return menu


async def look_up(olga: Person, menu: Read, person: Person) -> Read:
    """Somebody's page in the menu."""
    await olga.presses("👤 People", message=menu)
    await olga.says(str(person.id), reply_to=menu)
    await olga.sees_eventually(lambda seen: str(person.id) in now(olga, menu).text)
    return now(olga, menu)


async def is_met(person: Person) -> None:
    """Somebody becomes known."""
    await person.says("/voice")
    await person.reads()


async def test_nobody_else_sees_anything_of_it(anna: Person, olga: Person, bot: RunningBot) -> None:
    """I am no operator: /admin is answered like a command that is not there, and never offered."""
    menu = await admin(olga)
    for words in ("/nonsense", "/admin", "/admin trace 1", "/admin admit 5", "/help"):
        await anna.says(words)
    *unknown, shown = await anna.reads(5)
    await olga.says("/help")
    (hers,) = await olga.reads()

    forged = await anna.forges(data_of(menu, "👤 People"), shown)
    await bot.restart(ADMIN_USER_IDS=str(anna.id))
    late = await olga.presses("👤 People", message=menu)

    assert [read.text for read in unknown] == [say("unknown command", "en")] * 4
    assert "/usage" in shown.text
    assert "/admin" not in shown.text
    assert "/admin" in hers.text
    assert forged is not None
    assert late is not None
    assert (forged.text, late.text) == ("This button no longer works.",) * 2
    assert [read for read in anna.sees() if read.is_bot] == [*unknown, shown]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_command_is_listed_for_operators_alone(
    olga: Person, telegram: TelegramSandbox
) -> None:
    """After my first /admin it stands among the commands of my chat."""
    await admin(olga)

    await until(lambda: menus_with_admin(telegram))
    assert all(str(olga.id) in scope for scope in menus_with_admin(telegram))


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_command_goes_with_the_office(
    bruno: Person, olga: Person, bot: RunningBot, telegram: TelegramSandbox
) -> None:
    """A start renews what I am offered, takes it from me when I am no operator, and offers it to
    Bruno, who is one now, in his language.
    """
    await is_met(bruno)
    await admin(olga)
    await until(lambda: len(menus_with_admin(telegram)) == 1)

    await bot.restart()
    await until(lambda: len(menus_with_admin(telegram)) == 2)
    mine = offered(olga)
    await bot.restart(ADMIN_USER_IDS=str(bruno.id))
    await until(lambda: "admin" in offered(bruno) and "admin" not in offered(olga))
    taken = len(telegram.calls("deleteMyCommands"))
    await bot.restart()
    await until(lambda: len(menus_with_admin(telegram)) == 4)

    assert mine["admin"] == say("/admin", "en")
    assert offered(bruno)["admin"] == say("/admin", "es")
    assert len(telegram.calls("deleteMyCommands")) == taken == 1


def offered(person: Person) -> dict[str, str]:
    """The commands that somebody is offered in private, with what they do."""
    return {each["command"]: each["description"] for each in person.sees_commands()}


def menus_with_admin(telegram: TelegramSandbox) -> list[str]:
    """For whom a menu was set that offers /admin."""
    calls = [call.parameters for call in telegram.calls("setMyCommands")]
    return [str(each["scope"]) for each in calls if "admin" in str(each["commands"])]


async def test_numbers_of_today_with_a_chart(
    anna: Person, bruno: Person, olga: Person, bot: RunningBot
) -> None:
    """I read how many asked how much, see it as a picture, and none of their words."""
    for person in (anna, bruno):
        await person.says(SECRET)
        await person.reads(when=is_final)

    menu = await admin(olga)
    await olga.presses("📊 Chart", message=menu)
    (chart,) = await olga.reads(when=lambda read: read.kind == "photo")

    assert "People: 2 of 3" in menu.text
    assert "Questions: 2" in menu.text
    assert "Given up: 0" in menu.text
    assert "Who may ask: everybody" in menu.text
    assert "The most were 2." in chart.text
    assert (chart.file or b"").startswith(b"\x89PNG")
    assert SECRET not in "".join(read.text for read in olga.sees())


async def test_what_people_did_not_get_is_counted(
    anna: Person, olga: Person, ondemand: OnDemandSandbox
) -> None:
    """A question is refused, a file is not read, an answer not read out: I see that of today."""
    ondemand.will("policy_refusal", operation="submit_query", times=1)
    await anna.says("Hello?")
    await anna.reads()
    await anna.sends(document=b"", file_name="empty.txt")
    await anna.reads()
    await anna.says("And now?")
    (answer,) = await anna.reads(when=is_final)
    ondemand.will("unknown_error", operation="text_to_speech")
    await anna.presses("🔊 Listen", message=answer)
    await anna.reads(when=lambda read: "could not speak" in read.text)

    menu = await admin(olga)

    assert "Refused or failed: 3" in menu.text
    assert "Given up: 0" in menu.text


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_limits_in_force_are_shown(olga: Person, bot: RunningBot) -> None:
    """I see what a day has room for, and how who may ask is changed."""
    free = await admin(olga)
    await bot.restart(
        QUOTA_QUESTIONS_PER_DAY="50",
        QUOTA_VOICE_SECONDS_PER_DAY="90",
        QUOTA_BOT_QUESTIONS_PER_DAY="1500",
        ACCESS="invite",
    )
    limited = await admin(olga)

    assert free.text.count("No limit") == 2
    assert "for each person\n• Questions: 50\n• Voice: 1:30" in limited.text
    assert "for everybody together\n• Questions: 1\u202f500" in limited.text
    assert "Who may ask: those who were invited. ACCESS and a restart" in limited.text


async def test_an_invitation_lets_one_person_in(
    anna: Person, bruno: Person, olga: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """Of two who follow a link for one, one may ask; a link that was ended lets nobody in."""
    await bot.restart(ACCESS="invite")
    menu = await admin(olga)
    await olga.presses("✉️ Invitations", message=menu)
    await olga.presses("＋ for 1", message=menu)
    token = now(olga, menu).text.partition("start=")[2].split()[0]

    await anna.says("May I?")
    (refusal,) = await anna.reads()
    await anna.says(f"/start {token}")
    (welcome,) = await anna.reads()
    await anna.says("And now?")
    await anna.reads(when=is_final)
    await bruno.says(f"/start {token}")
    (over,) = await bruno.reads()
    await bruno.says("May I?")
    (his,) = await bruno.reads()
    await olga.presses("＋ for 10", message=menu)
    ended = now(olga, menu).text.partition("start=")[2].split()[0]
    await olga.presses(f"✕ …{ended[-4:]}", message=menu)
    await bruno.says(f"/start {ended}")
    (gone,) = await bruno.reads()

    assert str(anna.id) in refusal.text
    assert welcome.text.startswith("Welcome!")
    assert str(bruno.id) in his.text
    assert over.text == gone.text
    assert "invitación" in over.text
    assert ondemand.paid == 1


async def test_whoever_is_banned_is_told_once(
    anna: Person, olga: Person, ondemand: OnDemandSandbox
) -> None:
    """I ban somebody by their number: they are told once, cost nothing, and may come back."""
    await anna.says("Hello?")
    await anna.reads(when=is_final)
    menu = await admin(olga)
    await look_up(olga, menu, anna)
    await olga.presses("Ban", message=menu)

    await anna.says("One?")
    await anna.reads(when=lambda read: "not to answer you" in read.text)
    await anna.says("Two?")
    await anna.says("/help")
    await anna.reads(when=lambda read: "/usage" in read.text)
    paid = ondemand.paid
    page = now(olga, menu)
    await olga.presses("Lift the ban", message=menu)
    await anna.says("And now?")
    await anna.reads(when=lambda read: "And now?" in read.text and is_final(read))
    told = [read.text for read in anna.sees() if "not to answer you" in read.text]

    assert len(told) == 1
    assert paid == 1
    assert "Is banned" in page.text


async def test_whoever_is_banned_can_have_everything_deleted(anna: Person, olga: Person) -> None:
    """I am let in, and banned later: what is mine goes all the same, and what you decided stays."""
    await anna.says("Hello?")
    await anna.reads(when=is_final)
    for verb in ("admit", "ban"):
        await olga.says(f"/admin {verb} {anna.id}")
        await olga.reads()

    await anna.says("/privacy")
    await anna.reads(when=lambda read: DELETE in labels(read))
    await anna.presses(DELETE)
    await anna.presses(SURE)
    menu = await admin(olga)
    page = await look_up(olga, menu, anna)

    assert anna.sees()[-1].text == say("privacy done", "en")
    assert say("person admitted", "en") in page.text
    assert say("person banned", "en") in page.text


async def test_whoever_is_banned_uses_up_no_invitation(
    anna: Person, bruno: Person, olga: Person, bot: RunningBot
) -> None:
    """I am banned and follow a link for one: I am told so once, and it still lets Bruno in."""
    await bot.restart(ACCESS="invite")
    menu = await admin(olga)
    await olga.presses("✉️ Invitations", message=menu)
    await olga.presses("＋ for 1", message=menu)
    token = now(olga, menu).text.partition("start=")[2].split()[0]
    await olga.says(f"/admin ban {anna.id}")
    await olga.reads()

    await anna.says(f"/start {token}")
    (refusal,) = await anna.reads()
    await anna.says(f"/start {token}")
    await bruno.says(f"/start {token}")
    (welcome,) = await bruno.reads()

    assert "not to answer you" in refusal.text
    assert welcome.text.startswith("¡Bienvenido!")
    assert [read for read in anna.sees() if read.is_bot] == [refusal]


async def test_i_ban_somebody_in_one_line(
    anna: Person, olga: Person, ondemand: OnDemandSandbox
) -> None:
    """I write /admin ban and a number, and later /admin unban, and need no menu for it."""
    await olga.says(f"/admin ban {anna.id}")
    (banned,) = await olga.reads()
    await anna.says("Hello?")
    (refusal,) = await anna.reads()
    paid = ondemand.paid
    await olga.says(f"/admin unban {anna.id}")
    (lifted,) = await olga.reads()
    await anna.says("And now?")
    await anna.reads(when=is_final)

    assert banned.text == f"{anna.id} is banned now."
    assert lifted.text == f"{anna.id} is no longer banned."
    assert "not to answer you" in refusal.text
    assert paid == 0


async def test_one_person_has_limits_of_their_own(
    anna: Person, bruno: Person, olga: Person, bot: RunningBot
) -> None:
    """Everybody may ask once; I let one person ask ten times, and another as everybody again."""
    await bot.restart(QUOTA_QUESTIONS_PER_DAY="1")
    menu = await admin(olga)
    page = await look_up(olga, menu, anna)
    await olga.presses("10", message=menu)

    for words in ("One?", "Two?"):
        await anna.says(words)
        await anna.reads(when=is_final)
    await bruno.says("One?")
    await bruno.reads(when=is_final)
    await bruno.says("Two?")
    (limit,) = await bruno.reads()
    await anna.says("/usage")
    (usage,) = await anna.reads()
    chosen = ticked(now(olga, menu))
    await olga.presses("✅ As everybody" if "As everybody" in chosen else "As everybody")
    await anna.says("Three?")
    (hers,) = await anna.reads()

    assert ticked(page) == ["As everybody"]
    assert chosen == ["10"]
    assert "Questions: 8" in usage.text
    assert "por hoy" in limit.text
    assert "all for today" in hers.text


async def test_nonsense_is_nobodys_number(olga: Person) -> None:
    """I reply with something that is no number, and am told so."""
    menu = await admin(olga)
    await olga.presses("👤 People", message=menu)

    await olga.says("Anna", reply_to=menu)

    (word,) = await olga.reads(when=lambda read: read.id != menu.id)
    assert word.text == "That is nobody's number."


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
