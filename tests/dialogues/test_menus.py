"""Menus: buttons that work once, for whom they are meant, and for nobody else."""

import pytest

from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import RunningBot, labels

#: The store is the same on both databases, which other dialogues prove.
pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


def ticked(read: Read) -> list[str]:
    """What is chosen in a menu."""
    return [label.removeprefix("✅ ") for label in labels(read) if label.startswith("✅")]


def data_of(read: Read, label: str) -> str:
    """What a button tells the bot."""
    (data,) = [b.data for row in read.keyboard for b in row if b.label == label and b.data]
    return data


async def voices(person: Person) -> Read:
    """The menu of voices, opened."""
    await person.says("/voice")
    (menu,) = await person.reads()
    return menu


def now(person: Person, menu: Read) -> Read:
    """The menu as it stands there now."""
    (read,) = [read for read in person.sees() if read.id == menu.id]
    return read


async def test_a_menu_changes_in_its_place(anna: Person) -> None:
    """I press, and the menu shows what I chose; no other message comes."""
    menu = await voices(anna)

    await anna.presses("Always")
    await anna.presses("Nova")

    assert ticked(now(anna, menu)) == ["Always", "Nova"]
    assert len(anna.sees()) == 2


async def test_a_button_carries_nothing_that_could_be_changed(anna: Person) -> None:
    """What a button means stays with the bot; the button only names it."""
    menu = await voices(anna)

    for row in menu.keyboard:
        for button in row:
            assert button.data is not None
            assert "nova" not in button.data
            assert len(button.data.encode()) <= 64


async def test_a_forged_press_changes_nothing(anna: Person) -> None:
    """Whoever makes up a button learns that it does not work; ten thousand are in `isolation`."""
    menu = await voices(anna)
    real = data_of(menu, "Never")
    name = real.split(":")[1]

    for forged in (
        real[:-1] + "99",
        real[:-1] + "-1",
        real[:-1] + "٣",
        real.replace(":", ";"),
        real.replace(name, "x" * len(name)),
        real.replace(name, "x" * 50),
        real.replace(name, "a\0b"),
        real + ":0",
        "m:",
        "m:::",
        "m:" + "é" * 20,
    ):
        answer = await anna.forges(forged, menu)
        assert answer is not None, forged
        assert "no longer works" in answer.text, forged

    assert ticked(now(anna, menu))[0] == "A voice for a voice"
    assert len(anna.sees()) == 2


async def test_somebody_elses_menu_is_not_mine_to_press(anna: Person, bruno: Person) -> None:
    """I take the data of Anna's button to my own chat, and nothing happens to either of us."""
    hers, mine = await voices(anna), await voices(bruno)

    answer = await bruno.forges(data_of(hers, "Never"), mine)

    assert answer is not None
    assert answer.text
    assert ticked(now(anna, hers))[0] == "A voice for a voice"
    assert ticked(now(bruno, mine)) == ticked(mine)


async def test_an_old_button_does_nothing(anna: Person) -> None:
    """A press that comes twice, or from a screen that has changed meanwhile, changes nothing."""
    menu = await voices(anna)
    old = data_of(menu, "Never")
    await anna.presses("Always")

    answer = await anna.forges(old, menu)

    assert answer is not None
    assert "no longer works" in answer.text
    assert ticked(now(anna, menu))[0] == "Always"


async def test_a_menu_works_after_a_restart(anna: Person, bot: RunningBot) -> None:
    """The bot was updated meanwhile; my menu is still mine."""
    menu = await voices(anna)
    await bot.restart()

    await anna.presses("Always")

    assert ticked(now(anna, menu))[0] == "Always"


async def test_a_menu_that_was_deleted_comes_again(anna: Person, telegram: TelegramSandbox) -> None:
    """Telegram can no longer change it; what I chose stands in a new one."""
    menu = await voices(anna)
    telegram.will("message_gone", times=1)

    await anna.presses("Always")

    (again,) = await anna.reads()
    assert again.id != menu.id
    assert ticked(again)[0] == "Always"
