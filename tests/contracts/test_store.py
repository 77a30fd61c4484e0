"""People, chats and conversations, as they are kept: on SQLite and on PostgreSQL alike."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import LargeBinary, func, select, type_coerce
from sqlalchemy.exc import StatementError

from bot.metrics import Metrics
from bot.storage import (
    Arrival,
    Cipher,
    KeyMissingError,
    Place,
    SchemaError,
    Store,
    open_store,
    parse,
)
from bot.storage.store import Transaction
from bot.storage.tables import conversations, inbox, journal, user_settings, users
from tests.conftest import HandClock
from tests.contracts.residents import ANNA, BRUNO, GROUP, settle_in


async def test_a_person_keeps_one_random_name_for_ever(store: Store, clock: HandClock) -> None:
    """OnDemand knows me by a name that is not my Telegram id and does not change."""
    async with store.begin() as tx:
        first = await tx.users.meet(ANNA, language="de", at=clock.now())
    clock.advance(60)
    async with store.begin() as tx:
        second = await tx.users.meet(ANNA, language=None, at=clock.now())
        other = await tx.users.meet(BRUNO, language="pt-br", at=clock.now())

    assert second == first
    assert str(ANNA) not in first.external_id
    assert other.external_id != first.external_id


async def test_the_newest_language_counts(store: Store, clock: HandClock) -> None:
    """When I change the language of my app, the bot notices."""
    async with store.begin() as tx:
        await tx.users.meet(ANNA, language="de", at=clock.now())
        user = await tx.users.meet(ANNA, language="es", at=clock.now())

    assert user.language == "es"


async def test_what_cannot_be_a_language_is_not_kept(store: Store, clock: HandClock) -> None:
    """Whatever an app claims my language to be, my message is answered."""
    async with store.begin() as tx:
        for odd in ("x" * 36, "a\0b", "\N{SUNFLOWER}"):
            await tx.users.meet(ANNA, language="de", at=clock.now())
            user = await tx.users.meet(ANNA, language=odd, at=clock.now())
            assert user.language == "de"


async def test_meeting_again_writes_nothing(store: Store, clock: HandClock) -> None:
    """A person and a group that are known cost a look and no write, message after message."""
    async with store.begin() as tx:
        anna = await tx.users.meet(ANNA, language="de", at=clock.now())
        group = await tx.chats.meet(GROUP, kind="group", at=clock.now())
    async with store.read() as tx:
        again = await tx.users.meet(ANNA, language="de", at=clock.now())
        nothing_told = await tx.users.meet(ANNA, language=None, at=clock.now())
        group_again = await tx.chats.meet(GROUP, kind="group", at=clock.now())

    assert (again, nothing_told, group_again) == (anna, anna, group)


async def test_ten_that_meet_the_same_person_at_once_agree(store: Store, clock: HandClock) -> None:
    """My first ten messages, handled at once, make one of me."""

    async def meet() -> str:
        async with store.begin() as tx:
            return (await tx.users.meet(ANNA, language=None, at=clock.now())).external_id

    names = await asyncio.gather(*(meet() for _ in range(10)))

    assert len(set(names)) == 1


async def test_a_group_that_becomes_a_supergroup_is_noticed(store: Store, clock: HandClock) -> None:
    """A chat has the kind it had last."""
    async with store.begin() as tx:
        before = await tx.chats.meet(GROUP, kind="group", at=clock.now())
        after = await tx.chats.meet(GROUP, kind="supergroup", at=clock.now())

    assert (before.kind, after.kind) == ("group", "supergroup")
    assert before.external_id == after.external_id


async def test_each_place_has_one_open_conversation(store: Store, clock: HandClock) -> None:
    """My topic, your topic and my own thread in the group stay apart."""
    places = [Place(GROUP), Place(GROUP, topic_id=5), Place(GROUP, member_id=ANNA)]
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")

        first = [await tx.conversations.current(place, at=clock.now()) for place in places]
        again = [await tx.conversations.current(place, at=clock.now()) for place in places]

    assert again == first
    assert len({conversation.id for conversation in first}) == 3


async def test_ten_first_questions_at_once_open_one_conversation(
    store: Store, clock: HandClock
) -> None:
    """Ten messages in a fresh group do not scatter over ten conversations."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")

    async def ask() -> int:
        async with store.begin() as tx:
            return (await tx.conversations.current(Place(GROUP), at=clock.now())).id

    ids = await asyncio.gather(*(ask() for _ in range(10)))

    assert len(set(ids)) == 1


async def test_a_new_conversation_closes_the_old_one_and_keeps_it(
    store: Store, clock: HandClock
) -> None:
    """After /new I talk on a clean sheet, and the old one is still there."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        old = await tx.conversations.current(Place(GROUP), at=clock.now())
        await tx.conversations.bind(old.id, "6aca10000000000000000001")
        await tx.conversations.rename(old.id, "Trip to Porto")
    clock.advance(60)
    async with store.begin() as tx:
        new = await tx.conversations.open_new(Place(GROUP), at=clock.now())
    async with store.read() as tx:
        rows = (await tx.connection.execute(select(conversations).order_by("id"))).all()

    assert [(row.id, row.title, row.closed_at) for row in rows] == [
        (old.id, "Trip to Porto", clock.now()),
        (new.id, None, None),
    ]
    assert new.session_id is None


async def test_five_new_conversations_at_once_leave_one_open(
    store: Store, clock: HandClock
) -> None:
    """Five people press "new" in the same moment: none of them fails, and one sheet is open."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")

    async def press() -> int:
        async with store.begin() as tx:
            return (await tx.conversations.open_new(Place(GROUP), at=clock.now())).id

    ids = await asyncio.gather(*(press() for _ in range(5)))
    async with store.begin() as tx:
        current = await tx.conversations.current(Place(GROUP), at=clock.now())

    assert len(set(ids)) == 5
    assert current.id in ids


async def test_the_number_of_a_conversation_is_never_given_again(
    store: Store, clock: HandClock
) -> None:
    """A button under an old message never opens the conversation of another chat."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        erased = await tx.conversations.current(Place(GROUP), at=clock.now())
        await tx.chats.erase(GROUP, at=clock.now())
    async with store.begin() as tx:
        await tx.chats.meet(ANNA, kind="private", at=clock.now())
        mine = await tx.conversations.current(Place(ANNA), at=clock.now())

    assert mine.id != erased.id


@pytest.mark.parametrize("session", ["s" * 65, "a\0b"], ids=["too long", "NUL"])
async def test_a_label_that_does_not_fit_is_refused_everywhere(
    store: Store, clock: HandClock, session: str
) -> None:
    """What would fail on PostgreSQL fails on SQLite, where I try it first."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        conversation = await tx.conversations.current(Place(GROUP), at=clock.now())

    with pytest.raises(StatementError, match="up to 64 characters"):
        async with store.begin() as tx:
            await tx.conversations.bind(conversation.id, session)


def test_words_cannot_be_compared_by_the_database() -> None:
    """A search that could never find anything is a mistake that is told, not an empty result."""
    title = conversations.c.title

    for mistake in (lambda: title == "x", lambda: title.desc(), lambda: "x" + title):
        with pytest.raises(TypeError, match="encrypted"):
            mistake()
    assert str(title.is_(None)) == "conversations.title IS NULL"


async def test_choices_are_kept_changed_and_forgotten(store: Store, clock: HandClock) -> None:
    """What I choose stays chosen until I change or forget it, and is mine alone."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        await tx.settings.set_for_user(ANNA, "voice", "nova")
        await tx.settings.set_for_user(ANNA, "voice", "echo")
        await tx.settings.set_for_user(ANNA, "sets", {"Travel": ["plugin-1"]})
        await tx.settings.set_for_user(ANNA, "gone", True)
        await tx.settings.set_for_user(ANNA, "gone", None)
        await tx.settings.set_for_chat(GROUP, "languages", ["en", "es"])
        await tx.settings.set_for_chat(GROUP, "languages", ["zh"], topic_id=5)
    async with store.read() as tx:
        of_anna = await tx.settings.of_user(ANNA)
        of_bruno = await tx.settings.of_user(BRUNO)
        of_group = await tx.settings.of_chat(GROUP)
        of_topic = await tx.settings.of_chat(GROUP, 5)

    assert of_anna == {"voice": "echo", "sets": {"Travel": ["plugin-1"]}}
    assert of_bruno == {}
    assert of_group == {"languages": ["en", "es"]}
    assert of_topic == {"languages": ["zh"]}


async def test_erasing_a_person_erases_all_that_is_theirs(store: Store, clock: HandClock) -> None:
    """When I ask to be forgotten, nothing of mine is left, and nothing of others is lost."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        for user in (ANNA, BRUNO):
            await tx.conversations.current(Place(GROUP, member_id=user), at=clock.now())
            await tx.settings.set_for_user(user, "voice", "nova")
    async with store.begin() as tx:
        was_there = await tx.users.erase(ANNA, at=clock.now())
        was_there_still = await tx.users.erase(ANNA, at=clock.now())
    async with store.read() as tx:
        left = {
            "users": set(await tx.connection.scalars(select(users.c.id))),
            "conversations": set(await tx.connection.scalars(select(conversations.c.member_id))),
            "settings": set(await tx.connection.scalars(select(user_settings.c.user_id))),
        }

    assert (was_there, was_there_still) == (True, False)
    assert left == {"users": {BRUNO}, "conversations": {BRUNO}, "settings": {BRUNO}}


async def test_erasing_a_person_erases_their_private_chat(store: Store, clock: HandClock) -> None:
    """When I ask to be forgotten, what I said to the bot alone is forgotten too."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        await tx.chats.meet(ANNA, kind="private", at=clock.now())
        mine = await tx.conversations.current(Place(ANNA), at=clock.now())
        ours = await tx.conversations.current(Place(GROUP), at=clock.now())
    async with store.begin() as tx:
        await tx.users.erase(ANNA, at=clock.now())
    async with store.read() as tx:
        left = [await tx.conversations.find(conversation.id) for conversation in (mine, ours)]
        chat = await tx.chats.find(ANNA)

    assert (left, chat) == ([None, ours], None)


async def test_erasing_a_person_scrubs_what_was_given_up_of_theirs(
    store: Store, clock: HandClock
) -> None:
    """When I ask to be forgotten, what nobody could answer me is forgotten, and only mine."""
    mine = [f"talk:{ANNA}:0", f"voice:{ANNA}:3", f"read:{ANNA}"]
    others = [f"talk:{BRUNO}:0", f"talk:{GROUP}:{ANNA}", f"read:{BRUNO}"]
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        await give_up(tx, clock, mine + others)
    async with store.begin() as tx:
        await tx.users.erase(ANNA, at=clock.now())
    async with store.read() as tx:
        parked = await tx.inbox.parked(limit=9)
        scrubbed = await tx.connection.scalars(
            select(inbox.c.payload).where(inbox.c.state == "settled")
        )
        steps = await tx.connection.scalar(select(func.count()).select_from(journal))

    assert {entry.lane for entry in parked} == set(others)
    assert list(scrubbed) == [None] * len(mine)
    assert steps == len(others)


async def give_up(tx: Transaction, clock: HandClock, names: Sequence[str]) -> None:
    """Something in each of these lanes that was worked on and given up."""
    for number, name in enumerate(names):
        await tx.inbox.accept([Arrival(number, name, "message", "words")], at=clock.now())
        lane = await tx.inbox.take_over(name, at=clock.now())
        entry = await lane.next()
        assert entry is not None
        await tx.inbox.remember(lane.hold, entry, "asked", "words")
        await lane.bury([entry], at=clock.now(), failure="E")


async def test_a_moment_keeps_its_instant_and_comes_back_in_utc(
    store: Store, clock: HandClock
) -> None:
    """What happened at noon in Porto happened at the same instant everywhere."""
    clock.moment = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=1)))
    async with store.begin() as tx:
        user = await tx.users.meet(ANNA, language=None, at=clock.now())

    assert user.met_at == datetime(2026, 7, 1, 11, 0, tzinfo=UTC)
    assert user.met_at.tzinfo is UTC


async def test_a_moment_of_unknown_zone_is_refused(store: Store) -> None:
    """No time zone is guessed."""
    naive = datetime(2026, 7, 1, 12, 0)  # noqa: DTZ001 - The mistake under test.

    with pytest.raises(Exception, match="time zone"):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=naive)


async def test_peoples_words_are_unreadable_in_the_database(
    url: str, cipher: Cipher, clock: HandClock, tmp_path: Path
) -> None:
    """Whoever steals the disk reads nothing of what I wrote."""
    words = "canary: my grandmother's recipe"
    async with open_store(parse(url), cipher=cipher, clock=clock, metrics=Metrics()) as store:
        async with store.begin() as tx:
            await settle_in(tx, clock, kind="group")
            made = await tx.conversations.current(Place(GROUP), at=clock.now())
            await tx.conversations.rename(made.id, words)
            await tx.settings.set_for_user(ANNA, "note", words)
        async with store.read() as tx:
            raw_title = type_coerce(conversations.c.title, LargeBinary)
            raw_value = type_coerce(user_settings.c.value, LargeBinary)
            raw = [
                *await tx.connection.scalars(select(raw_title)),
                *await tx.connection.scalars(select(raw_value)),
            ]
        files = b"".join(file.read_bytes() for file in tmp_path.glob("bot.db*"))

    assert [cipher.decrypt(data).decode().strip('"') for data in raw] == [words, words]
    assert [data for data in [*raw, files] if b"canary" in data] == []


async def test_a_store_opens_with_a_new_key_only_beside_the_old_one(
    url: str, clock: HandClock
) -> None:
    """I rotate the key; with the wrong one the bot refuses to start and changes nothing."""
    old, new, wrong = (Fernet.generate_key().decode() for _ in range(3))

    async def open_with(*keys: str) -> None:
        async with (
            open_store(parse(url), cipher=Cipher(keys), clock=clock, metrics=Metrics()) as store,
            store.begin() as tx,
        ):
            await tx.users.meet(ANNA, language=None, at=clock.now())

    await open_with(old)
    with pytest.raises(KeyMissingError):
        await open_with(wrong)
    await open_with(new, old)
    for one_alone in (old, new):
        with pytest.raises(KeyMissingError):
            await open_with(one_alone)
    await open_with(new, old)


async def test_an_empty_database_is_not_opened(
    empty_url: str, cipher: Cipher, clock: HandClock, tmp_path: Path
) -> None:
    """A database without a schema is refused with what to do, and no file appears."""
    with pytest.raises(SchemaError, match="ondemand-bot migrate"):
        async with open_store(parse(empty_url), cipher=cipher, clock=clock, metrics=Metrics()):
            pass

    assert list(tmp_path.glob("bot.db*")) == []
