"""Privacy: I read what is kept of me, and have all of it deleted."""

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import is_final, labels
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
