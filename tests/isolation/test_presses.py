"""Buttons that nobody offered: they change nothing, and whoever presses one is told."""

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bot.delivery import Turn
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.traces import Pending, Press
from bot.sandbox.telegram.world import Message
from bot.storage import Cipher, Entry, Hold, Store, parse
from bot.storage.tables import metadata
from bot.telegram.intake import read
from tests.isolation.stage import buttons_of
from tests.isolation.world import LeapingLoop, World, open_world, store_in

#: Set it to repeat a run.
SEED = int(os.environ.get("SEED", "20261122"))

PRESSES = 10_000

#: What the buttons carry that stand under answers.
_PLAIN = ("stop", "again", "listen", "fix", "translate")

#: Telegram gives a button so many bytes.
_MOST_BYTES = 64


@dataclass(frozen=True, slots=True)
class Menu:
    """A message with buttons, and who may press them."""

    message: Message
    person: Person

    @property
    def data(self) -> list[str]:
        """What its buttons carry now."""
        rows: list[list[dict[str, str]]] = (self.message.keyboard or {})["inline_keyboard"]
        return [button["callback_data"] for row in rows for button in row]


def forged(menus: list[Menu], old: list[str], random: Random) -> Iterator[tuple[Menu, Person, str]]:
    """Presses without end that nobody offered: a menu, who presses there, and what is carried."""
    people = [menu.person for menu in menus]
    while True:
        menu = random.choice(menus)
        real = random.choice(menu.data)
        kind, name, version, number = [*real.split(":"), "", "", ""][:4]
        person, data = random.choice(
            [
                (menu.person, _flipped(real, random)),
                (menu.person, real[: random.randrange(len(real))]),
                (menu.person, real[random.randrange(1, len(real)) :]),
                (menu.person, real + _noise(random, 8)),
                (menu.person, _noise(random, _MOST_BYTES)),
                (menu.person, f"{kind}:{_noise(random, 40)}"),
                (menu.person, f"{kind}:{_noise(random, 30)}:{version}:{number}"),
                (menu.person, f"{kind}:{name}:{_number(version, random)}:{number}"),
                (menu.person, f"{kind}:{name}:{version}:{_number(number, random)}"),
                # Somebody else's, of another chat, of another message, or of an earlier version.
                (random.choice(people), real),
                (menu.person, random.choice(random.choice(menus).data)),
                (menu.person, random.choice(old)),
            ]
        )
        if person is not menu.person or data not in menu.data:
            yield menu, person, _as_telegram_has_it(data)


def _flipped(data: str, random: Random) -> str:
    bits = bytearray(data.encode())
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        bits[random.randrange(len(bits))] ^= 1 << random.randrange(8)
    return bits.decode(errors="replace")


def _noise(random: Random, most: int) -> str:
    signs = random.choice(["\0\x1b\n\r\t :;", "mé٣²½߃🙂‮\ufeff", "".join(map(chr, range(256)))])
    return "".join(random.choices(signs, k=random.randint(1, most)))


def _number(number: str, random: Random) -> str:
    """Something that is nearly this number, or the same in other signs."""
    if not number.isdecimal():
        return _noise(random, 4)
    others = ["-1", "", " ", "1e3", "0x0", "٣", "²", "None", "9" * 30, str(int(number) + 99)]
    others += [f"0{number}", f"+{number}", f" {number}", f"{number}.0", f"{number}_0", f"-{number}"]
    return random.choice([*others, "".join(chr(0x0660 + int(digit)) for digit in number)])


def _as_telegram_has_it(data: str) -> str:
    """Never empty, and of as many bytes as there may be."""
    while len(data.encode()) > _MOST_BYTES:
        data = data[:-1]
    return data or "m"


async def digest_of(store: Store) -> str:
    """All that is kept."""
    digest = hashlib.sha256()
    async with store.read() as tx:
        for table in metadata.sorted_tables:
            rows = await tx.connection.execute(select(table).order_by(*table.primary_key))
            digest.update(repr([table.name, *map(tuple, rows)]).encode())
    return digest.hexdigest()


def _make_inaccessible(update: Pending) -> None:
    """Have the message that was pressed be too old for Telegram to tell what it was."""
    told = json.loads(update.body)
    message = told["callback_query"]["message"]
    told["callback_query"]["message"] = {
        "chat": message["chat"],
        "message_id": message["message_id"],
        "date": 0,
    }
    update.body = json.dumps(told).encode()


async def menus_in(world: World, people: list[Person]) -> tuple[list[Menu], list[str]]:
    """A menu of each kind, in private and in a group, and what their buttons carried before."""
    anna, bruno = people[:2]
    group = world.telegram.group("Trip", anna, bruno, world.telegram.bot)
    menus: list[Menu] = []
    old: list[str] = []
    for person, where in ((anna, None), (bruno, None), (anna, group)):
        await person.says("/ask Where is Porto?" if where else "Where is Porto?", in_=where)
        await world.settle()
        for command in ("/chats", "/plugins", "/settings", "/voice"):
            before = len(world.cloud.posted)
            await person.says(command, in_=where)
            await world.settle()
            if len(world.cloud.posted) > before and buttons_of(message := world.cloud.posted[-1]):
                old += buttons_of(message).values()
                world.cloud.press(person.user, message, next(iter(buttons_of(message).values())))
                await world.settle()
                menus.append(Menu(message, person))
    return menus, old


async def answer(world: World, update: Pending) -> None:
    """Have the bot do what the press asks for, and nothing around it: one attempt, kept nowhere.

    Raises what the press made go wrong.
    """
    world.cloud.updates.forget(update)
    arrival = read(json.loads(update.body))
    assert arrival is not None
    entry = Entry(
        id=0,
        update_id=arrival.update_id,
        lane=arrival.lane,
        kind=arrival.kind,
        payload=arrival.payload,
        state="open",
        attempts=1,
        due_at=None,
        failure=None,
        accepted_at=world.house.clock.now(),
        ended_at=None,
    )
    hold = Hold(arrival.lane, epoch=0)
    turn = Turn(store=world.house.store, hold=hold, entry=entry, memory={}, clock=world.house.clock)
    await world.drain.work.do(turn)


@pytest.mark.timeout(300)
def test_ten_thousand_forged_presses_change_nothing(
    migrated: Callable[[str], str], tmp_path: Path, cipher: Cipher
) -> None:
    """I make up buttons, change what they carry, use others' and old ones: I only get a word."""
    shutil.copy(parse(migrated("sqlite")).database or "", tmp_path / "bot.db")
    store = store_in(tmp_path / "bot.db", cipher)

    async def press() -> tuple[list[Press], list[str], set[str]]:
        presses = []
        async with open_world(store) as (world, people):
            menus, old = await menus_in(world, people)
            said, before = len(world.cloud.calls), await digest_of(store)
            random = Random(SEED)  # noqa: S311  # It can be repeated.
            forging = forged(menus, old, random)
            for number, (menu, person, data) in enumerate(islice(forging, PRESSES)):
                is_forgotten = number % 100 == 0
                data = random.choice([*menu.data, *_PLAIN]) if is_forgotten else data
                presses.append(world.cloud.press(person.user, menu.message, data))
                update = world.news.pop()
                if is_forgotten:
                    _make_inaccessible(update)
                await answer(world, update)
            others = {call.method for call in [*world.cloud.calls][said:]}
            return presses, [before, await digest_of(store)], others

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        presses, digests, calls = runner.run(press())
        runner.run(store.close())

    assert [press for press in presses if not (press.answer or {}).get("text")] == []
    assert len(set(digests)) == 1
    assert calls == {"answerCallbackQuery", "getChatMember"}
    assert len(presses) == PRESSES
