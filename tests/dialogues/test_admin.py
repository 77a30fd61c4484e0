"""/admin: what operators see and do, what people meet of it, and that nobody else meets any."""

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import RunningBot, is_final, labels
from tests.dialogues.test_menus import data_of, now, ticked
from tests.dialogues.test_privacy import DELETE, SURE
from tests.waiting import until

SECRET = "a word that is nobody's business"


@pytest.fixture
def pace() -> float:
    """Several messages in a row would wait for Telegram's pace."""
    return 10.0


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
