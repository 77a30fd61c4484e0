"""Privacy: I read what is kept of me, and have all of it deleted."""

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import RunningBot, is_final, labels
from tests.dialogues.test_chats import is_menu
from tests.dialogues.test_conversation import sessions_of
from tests.dialogues.test_menus import data_of, now

DELETE, SURE = "🗑 Delete all of it", "Yes, delete everything"


async def privacy(person: Person) -> Read:
    """The menu, opened."""
    await person.says("/privacy")
    (menu,) = await person.reads(when=lambda read: bool(read.keyboard))
    return menu


async def test_i_have_everything_deleted(
    anna: Person, bruno: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """I am asked whether I am sure; then nothing of mine is left, and others keep theirs."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await bruno.says("/ask Hello?", in_=group)
    await bruno.reads(in_=group, when=is_final)
    await anna.says("What is 2 + 3?")
    await anna.reads(when=is_final)
    menu = await privacy(anna)
    assert "OnDemand" in menu.text

    await anna.presses(DELETE)
    await anna.presses("‹ Back")
    assert labels(now(anna, menu)) == [DELETE]
    await anna.presses(DELETE)
    old = data_of(now(anna, menu), SURE)
    await anna.presses(SURE)
    again = await anna.forges(old, menu)

    assert now(anna, menu).text == say("privacy done", "en")
    assert labels(now(anna, menu)) == []
    assert again is not None
    assert again.text == say("press old", "en")
    await anna.says("/chats")
    (chats,) = await anna.reads()
    assert "2 + 3" not in chats.text + "".join(labels(chats))
    await bruno.says("/chats", in_=group)
    (others,) = await bruno.reads(in_=group)
    assert any("Hello?" in label for label in labels(others))


async def test_a_group_in_which_i_asked_keeps_nothing_of_it(
    anna: Person, bruno: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Bruno reads our conversation again: his question is there, mine and its title are not.

    The group talks on in another session than the one that holds my words.
    """
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    for asker, question in ((anna, "My secret is 4711?"), (bruno, "How far is Porto?")):
        await asker.says(f"/ask {question}", in_=group)
        for reader in (anna, bruno):
            await reader.reads(in_=group, when=is_final)
    menu = await privacy(anna)
    await anna.presses(DELETE, message=menu)
    await anna.presses(SURE, message=menu)

    await bruno.says("/chats", in_=group)
    (chats,) = await bruno.reads(in_=group, when=is_menu)
    (label,) = [each for each in labels(chats) if "Sin título" in each]
    await bruno.presses(label, message=chats)
    await bruno.presses("Mostrar", message=chats)
    (history,) = await bruno.reads(in_=group, when=lambda read: "Porto?" in read.text)
    await bruno.says("/ask And now?", in_=group)
    await bruno.reads(in_=group, when=is_final)

    assert "4711" not in history.text + "".join(labels(chats))
    assert "Anna" not in history.text
    assert len(set(sessions_of(ondemand))) == 2


async def test_deleting_everything_is_no_way_around_a_limit(
    anna: Person, bruno: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """I was let in and have asked my one question: I delete everything, and both are still so."""
    await bot.restart(ACCESS="allowlist", ADMIN_USER_IDS=str(bruno.id), QUOTA_QUESTIONS_PER_DAY="1")
    await bruno.says(f"/admin admit {anna.id}")
    await bruno.reads()
    await anna.says("What is 2 + 3?")
    await anna.reads(when=is_final)
    menu = await privacy(anna)
    await anna.presses(DELETE, message=menu)
    sure = now(anna, menu)
    await anna.presses(SURE, message=menu)

    await anna.says("What is 3 + 4?")
    (refusal,) = await anna.reads()

    assert "What stays is how much you used today" in sure.text
    assert refusal.text.startswith("That was all for today.")
    assert ondemand.paid == 1


async def test_whoever_was_deleted_begins_anew(anna: Person, ondemand: OnDemandSandbox) -> None:
    """I write again: OnDemand knows me under another name, and remembers nothing."""
    await anna.says("What is 2 + 3?")
    await anna.reads(when=is_final)
    await privacy(anna)
    await anna.presses(DELETE)
    await anna.presses(SURE)

    await anna.says("What is 3 + 4?")
    await anna.reads(when=is_final)

    first, second = (call.body["externalUserId"] for call in ondemand.calls("create_session"))
    assert first != second
