"""The store: what it promises on SQLite and on PostgreSQL alike."""

import asyncio
import contextlib
import dataclasses
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import BigInteger, LargeBinary, func, insert, select, text, type_coerce, update
from sqlalchemy.exc import IntegrityError, StatementError

from bot.metrics import Metrics
from bot.storage import (
    Arrival,
    BusyError,
    Cipher,
    KeyMissingError,
    Menu,
    Place,
    SchemaError,
    StorageError,
    Store,
    UncertainError,
    UnreachableError,
    open_store,
    parse,
)
from bot.storage.store import Transaction
from bot.storage.tables import chats, conversations, inbox, journal, user_settings, users
from tests import postgres
from tests.conftest import HandClock

ANNA, BRUNO = 7_000_000_001, 7_000_000_002
GROUP = -1_001_234_567_890


@pytest.fixture
async def on_sqlite(
    migrated: Callable[[str], str], tmp_path: Path, cipher: Cipher, clock: HandClock
) -> AsyncIterator[tuple[Store, Path]]:
    """An open store on SQLite, and its file."""
    path = tmp_path / "bot.db"
    shutil.copy(parse(migrated("sqlite")).database or "", path)
    url = parse(f"sqlite:///{path}")
    async with open_store(url, cipher=cipher, clock=clock, metrics=Metrics()) as store:
        yield store, path


@pytest.fixture
async def on_postgres(
    new_postgres: Callable[..., str],
    migrated: Callable[[str], str],
    cipher: Cipher,
    clock: HandClock,
) -> AsyncIterator[tuple[Store, str]]:
    """An open store on PostgreSQL, and the name of its database."""
    url = parse(new_postgres(copy_of=migrated("postgresql")))
    async with open_store(url, cipher=cipher, clock=clock, metrics=Metrics()) as store:
        yield store, url.database or ""


async def settle_in(tx: Transaction, clock: HandClock) -> None:
    """Make Anna, Bruno and their group known."""
    for user in (ANNA, BRUNO):
        await tx.users.meet(user, language=None, at=clock.now())
    await tx.chats.meet(GROUP, kind="group", at=clock.now())


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
        await settle_in(tx, clock)

        first = [await tx.conversations.current(place, at=clock.now()) for place in places]
        again = [await tx.conversations.current(place, at=clock.now()) for place in places]

    assert again == first
    assert len({conversation.id for conversation in first}) == 3


async def test_ten_first_questions_at_once_open_one_conversation(
    store: Store, clock: HandClock
) -> None:
    """Ten messages in a fresh group do not scatter over ten conversations."""
    async with store.begin() as tx:
        await settle_in(tx, clock)

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
        await settle_in(tx, clock)
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
        await settle_in(tx, clock)

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
        await settle_in(tx, clock)
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
        await settle_in(tx, clock)
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
        await settle_in(tx, clock)
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
        await settle_in(tx, clock)
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
        await settle_in(tx, clock)
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
        await settle_in(tx, clock)
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


async def test_a_chat_that_changes_its_id_takes_everything_along(
    store: Store, clock: HandClock
) -> None:
    """Our group became a supergroup, and its conversation and settings came along."""
    supergroup = -1_009_999_999_999
    async with store.begin() as tx:
        await settle_in(tx, clock)
        await tx.conversations.current(Place(GROUP), at=clock.now())
        await tx.settings.set_for_chat(GROUP, "languages", ["en"])
        moved = update(chats).where(chats.c.id == GROUP).values(id=supergroup)
        await tx.connection.execute(moved)
    async with store.begin() as tx:
        conversation = await tx.conversations.current(Place(supergroup), at=clock.now())
        settings = await tx.settings.of_chat(supergroup)
        erased = await tx.chats.erase(supergroup, at=clock.now())
    async with store.read() as tx:
        left = (await tx.connection.execute(select(conversations))).all()

    assert conversation.opened_at == clock.now()
    assert settings == {"languages": ["en"]}
    assert (erased, left) == (True, [])


async def test_nothing_of_a_failed_transaction_remains(store: Store, clock: HandClock) -> None:
    """When a step fails halfway, it is as if it had never begun."""
    with pytest.raises(ZeroDivisionError):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())
            raise ZeroDivisionError
    async with store.read() as tx:
        found = (await tx.connection.execute(select(users))).all()

    assert found == []


async def test_a_broken_rule_is_a_bug_and_is_not_hidden(store: Store, clock: HandClock) -> None:
    """A conversation in a chat nobody knows is our mistake, and passes as it is."""
    with pytest.raises(IntegrityError) as raised:
        async with store.begin() as tx:
            await tx.conversations.current(Place(GROUP), at=clock.now())

    assert str(GROUP) not in str(raised.value).partition("DETAIL")[0]
    assert "parameters hidden" in str(raised.value)


async def test_an_error_that_was_hidden_does_not_lose_a_write_in_silence(
    on_postgres: tuple[Store, str], clock: HandClock
) -> None:
    """PostgreSQL drops everything after a failed statement; whoever hid the failure is told."""
    store, _ = on_postgres
    with pytest.raises(RuntimeError, match="its error was hidden"):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())
            with contextlib.suppress(IntegrityError):
                await tx.conversations.current(Place(GROUP), at=clock.now())
    async with store.read() as tx:
        anna = await tx.users.find(ANNA)

    assert anna is None


async def test_reading_cannot_write(store: Store, clock: HandClock) -> None:
    """A transaction that said it would only read is held to it."""
    with pytest.raises(StorageError):
        async with store.read() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())


async def test_readers_do_not_wait_for_a_writer(store: Store, clock: HandClock) -> None:
    """Somebody's long write does not hold up my reading, and I see nothing half-done."""
    async with asyncio.timeout(10), store.begin() as writing:
        await writing.users.meet(ANNA, language=None, at=clock.now())
        async with store.read() as reading:
            found = (await reading.connection.execute(select(users))).all()

    assert found == []


async def test_one_reading_sees_one_moment(store: Store, clock: HandClock) -> None:
    """What I read in two steps fits together, whatever others write between them."""
    async with store.read() as reading:
        before = await reading.users.find(ANNA)
        async with store.begin() as writing:
            await writing.users.meet(ANNA, language=None, at=clock.now())
        after = await reading.users.find(ANNA)

    assert (before, after) == (None, None)


@pytest.mark.parametrize("turns", range(60))
async def test_a_write_that_is_cancelled_locks_nobody_out(
    on_sqlite: tuple[Store, Path], clock: HandClock, turns: int
) -> None:
    """Whenever my question is cut off, the next person's is written at once."""
    store, _ = on_sqlite

    async def write(user: int) -> None:
        async with store.begin() as tx:
            await tx.users.meet(user, language=None, at=clock.now())

    cut_off = asyncio.create_task(write(ANNA))
    for _ in range(turns):
        await asyncio.sleep(0)
    cut_off.cancel()
    await asyncio.gather(cut_off, return_exceptions=True)
    await write(BRUNO)
    async with store.read() as tx:
        bruno = await tx.users.find(BRUNO)

    assert bruno is not None


async def test_a_write_that_waits_too_long_is_busy_and_leaves_nothing(
    store: Store, clock: HandClock
) -> None:
    """When others hold the database, I am told to try again, and nothing is half-done."""
    async with store.begin() as holder:
        await settle_in(holder, clock)
        store.patience = 0.2
        with pytest.raises(BusyError):
            async with store.begin() as tx:
                await tx.users.meet(ANNA, language="de", at=clock.now())
    store.patience = 10
    async with store.read() as tx:
        languages = set(await tx.connection.scalars(select(users.c.language)))

    assert languages == {None}


async def test_a_deadline_of_my_own_inside_a_transaction_is_mine(store: Store) -> None:
    """My own time limit is not mistaken for a busy database."""
    with pytest.raises(TimeoutError):
        async with store.begin():
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()


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
            await settle_in(tx, clock)
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


async def test_transactions_are_counted(url: str, cipher: Cipher, clock: HandClock) -> None:
    """I see in the metrics how many transactions there were and what went wrong."""
    metrics = Metrics()
    async with open_store(parse(url), cipher=cipher, clock=clock, metrics=metrics) as store:
        before = metrics.registry.get_sample_value(
            "ondemand_bot_transaction_seconds_count", {"kind": "read"}
        )
        async with store.read():
            clock.advance(2)
        with pytest.raises(StorageError):
            async with store.read() as tx:
                await tx.users.meet(ANNA, language=None, at=clock.now())

    sample = metrics.registry.get_sample_value
    failures = [
        sample("ondemand_bot_transaction_failures_total", {"kind": "read", "error": kind})
        for kind in ("MisconfiguredError", "UnreachableError")  # As SQLite and PostgreSQL see it.
    ]
    assert [count for count in failures if count] == [1]
    assert before is not None
    assert sample("ondemand_bot_transaction_seconds_count", {"kind": "read"}) == before + 2
    assert (sample("ondemand_bot_transaction_seconds_sum", {"kind": "read"}) or 0) >= 2


async def test_a_lost_connection_is_told_and_the_next_transaction_works(
    on_postgres: tuple[Store, str], postgres_server: str, clock: HandClock
) -> None:
    """When PostgreSQL restarts, what was in progress says so and what comes next just works."""
    store, database = on_postgres
    with pytest.raises(UnreachableError):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())
            await asyncio.to_thread(postgres.kill_connections, postgres_server, database)
            await tx.users.meet(BRUNO, language=None, at=clock.now())
    async with store.read() as tx:
        found = (await tx.connection.execute(select(users))).all()

    assert found == []


async def test_a_connection_lost_while_committing_is_uncertain(
    on_postgres: tuple[Store, str], postgres_server: str, clock: HandClock
) -> None:
    """When PostgreSQL goes away in the last moment, nobody claims that nothing was written."""
    store, database = on_postgres

    with pytest.raises(UncertainError):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())
            await asyncio.to_thread(postgres.kill_connections, postgres_server, database)


#: Makes every commit after a new person take longer than anybody has patience.
SLOW_COMMIT = (
    "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN PERFORM pg_sleep(60); RETURN NULL; END;'",
    "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON users "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()",
)


async def test_a_commit_that_takes_too_long_is_uncertain(
    on_postgres: tuple[Store, str], clock: HandClock
) -> None:
    """A commit that I stop waiting for may have happened, and I am told so."""
    store, _ = on_postgres
    async with store.begin() as tx:
        for statement in SLOW_COMMIT:
            await tx.connection.exec_driver_sql(statement)
    store.patience = 0.5

    with pytest.raises(UncertainError):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())


async def test_connections_that_were_lost_while_idle_are_made_anew(
    on_postgres: tuple[Store, str], postgres_server: str, clock: HandClock
) -> None:
    """PostgreSQL restarted over night, and the first message of the morning just works."""
    store, database = on_postgres
    await asyncio.to_thread(postgres.kill_connections, postgres_server, database)

    async with store.begin() as tx:
        anna = await tx.users.meet(ANNA, language=None, at=clock.now())

    assert anna.id == ANNA


async def test_nothing_is_prepared_on_a_connection(on_postgres: tuple[Store, str]) -> None:
    """PgBouncer may hand my connection to somebody else after each transaction."""
    store, _ = on_postgres

    async with store.read() as tx:
        for _ in range(10):
            await tx.users.find(ANNA)
        prepared = await tx.connection.scalar(text("SELECT count(*) FROM pg_prepared_statements"))

    assert prepared == 0


async def test_what_was_committed_survives_a_power_cut(on_sqlite: tuple[Store, Path]) -> None:
    """A message that was accepted is on the disk, not on its way there."""
    store, _ = on_sqlite

    async with store.begin() as tx:
        synchronous = await tx.connection.scalar(text("PRAGMA synchronous"))
        journal = await tx.connection.scalar(text("PRAGMA journal_mode"))

    assert (synchronous, journal) == (2, "wal")  # 2 is FULL.


async def test_who_writes_has_the_lock_from_the_start(
    on_sqlite: tuple[Store, Path], clock: HandClock
) -> None:
    """Between my reading and my writing in one transaction no other process writes."""
    store, path = on_sqlite

    async with store.begin() as tx:
        await tx.users.find(ANNA)
        with (
            closing(sqlite3.connect(path, timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("BEGIN IMMEDIATE")
        anna = await tx.users.meet(ANNA, language=None, at=clock.now())

    assert anna.id == ANNA


async def test_writers_come_in_their_order(on_sqlite: tuple[Store, Path]) -> None:
    """Who waited longest to write is served first."""
    store, _ = on_sqlite
    served = []

    async def write(number: int) -> None:
        async with store.begin():
            served.append(number)

    async with store.begin():
        waiting = [asyncio.create_task(write(number)) for number in range(20)]
        for _ in range(100):
            await asyncio.sleep(0)
    await asyncio.gather(*waiting)

    assert served == list(range(20))


async def test_ids_of_every_size_that_telegram_uses_fit(store: Store, clock: HandClock) -> None:
    """Telegram's ids have up to 52 bits, and none of them is cut."""
    biggest = 2**52 - 1
    async with store.begin() as tx:
        user = await tx.users.meet(biggest, language=None, at=clock.now())
        await tx.connection.execute(
            insert(chats).values(id=-biggest, kind="channel", external_id="x", met_at=clock.now())
        )
        ids = await tx.connection.scalars(select(type_coerce(chats.c.id, BigInteger)))

    assert user.id == biggest
    assert list(ids) == [-biggest]


async def test_foreign_keys_are_enforced(store: Store) -> None:
    """No row refers to a person that is not there."""
    with pytest.raises(IntegrityError):
        async with store.begin() as tx:
            await tx.connection.execute(
                text("INSERT INTO user_settings (user_id, name, value) VALUES (1, 'x', 'y')")
            )


NEW_GROUP = -1_009_876_543_210


async def ask_in(tx: Transaction, chat: int, conversation: int, message: int, at: datetime) -> int:
    """Keep an answer to Anna's question in this chat, shown by the message after it."""
    return await tx.answers.keep(
        chat_id=chat,
        conversation_id=conversation,
        asker_id=ANNA,
        question_message=message,
        question=f"Question {message} in {chat}?",
        answer="Yes.",
        shown=[message + 1],
        at=at,
    )


async def test_a_group_moves_with_all_it_has(store: Store, clock: HandClock) -> None:
    """Our group becomes a supergroup; it is the same company, talks on, and keeps its choices."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        before = await tx.chats.find(GROUP)
        talk = await tx.conversations.current(Place(GROUP, topic_id=5), at=clock.now())
        await ask_in(tx, GROUP, talk.id, 7, clock.now())
        await tx.settings.set_for_chat(GROUP, "language", "pt")

    async with store.begin() as tx:
        has_moved = await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())

    async with store.begin() as tx:
        after = await tx.chats.find(NEW_GROUP)
        assert before is not None
        assert after is not None
        assert has_moved
        assert after == dataclasses.replace(
            before, id=NEW_GROUP, kind="supergroup", moved_from=GROUP
        )
        assert await tx.chats.find(GROUP) is None
        place = Place(NEW_GROUP, topic_id=5)
        assert (await tx.conversations.current(place, at=clock.now())).id == talk.id
        assert await tx.settings.of_chat(NEW_GROUP) == {"language": "pt"}


async def test_numbers_of_messages_do_not_move(store: Store, clock: HandClock) -> None:
    """Messages count from one again after the move: number 8 is no longer our old answer."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        talk = await tx.conversations.current(Place(GROUP), at=clock.now())
        old = await ask_in(tx, GROUP, talk.id, 7, clock.now())
        await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())

        assert await tx.answers.shown_by(NEW_GROUP, 8) is None
        assert await tx.answers.to_question(NEW_GROUP, 7) is None
        new = await ask_in(tx, NEW_GROUP, talk.id, 7, clock.now())
        assert new != old


async def test_menus_of_before_the_move_stand_nowhere(store: Store, clock: HandClock) -> None:
    """A reply to message 8 of the new group is no word for the menu that message 8 once showed.

    A menu that was opened there before the bot heard of the move stays what it is, and one that is
    just being posted may be.
    """
    async with store.begin() as tx:
        await settle_in(tx, clock)
        await tx.chats.meet(NEW_GROUP, kind="supergroup", at=clock.now())
        old = await menu_in(tx, GROUP, 8, clock.now())
        posting = await menu_in(tx, GROUP, None, clock.now())
        new = await menu_in(tx, NEW_GROUP, 3, clock.now())
        await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())

        moved = [await tx.menus.find(menu.name) for menu in (old, posting, new)]
        by_number = [await tx.menus.shown_by(NEW_GROUP, number) for number in (8, 3)]

    assert [menu and (menu.chat_id, menu.message_id) for menu in moved] == [
        (NEW_GROUP, None),
        (NEW_GROUP, None),
        (NEW_GROUP, 3),
    ]
    assert by_number == [None, moved[2]]


async def menu_in(tx: Transaction, chat: int, message: int | None, at: datetime) -> Menu:
    """A menu of Anna's that stands in this message."""
    menu = await tx.menus.open(
        chat_id=chat, topic_id=0, user_id=ANNA, kind="voice", state={}, at=at
    )
    await tx.menus.keep(dataclasses.replace(menu, message_id=message))
    return menu


async def test_a_group_moves_once_whoever_says_so_first(store: Store, clock: HandClock) -> None:
    """Telegram tells of the move up to three times, in any order; it happens once."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        moves = [await tx.chats.move(GROUP, NEW_GROUP, at=clock.now()) for _ in range(3)]

        assert moves == [True, False, False]
        assert not await tx.chats.move(NEW_GROUP, NEW_GROUP, at=clock.now())


async def test_what_began_in_the_new_group_before_the_move_is_kept(
    store: Store, clock: HandClock
) -> None:
    """Somebody asks in the new group before the bot hears of the move; nothing of it is lost."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        before = await tx.chats.find(GROUP)
        old_talk = await tx.conversations.current(Place(GROUP), at=clock.now())
        await ask_in(tx, GROUP, old_talk.id, 3, clock.now())
        await tx.settings.set_for_chat(GROUP, "language", "pt")
        clock.advance(60)
        await tx.chats.meet(NEW_GROUP, kind="supergroup", at=clock.now())
        new_talk = await tx.conversations.current(Place(NEW_GROUP), at=clock.now())
        await ask_in(tx, NEW_GROUP, new_talk.id, 3, clock.now())
        await tx.settings.set_for_chat(NEW_GROUP, "language", "es")

        await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())

        after = await tx.chats.find(NEW_GROUP)
        assert before is not None
        assert after is not None
        assert after.external_id == before.external_id
        current = await tx.conversations.current(Place(NEW_GROUP), at=clock.now())
        assert current.id == old_talk.id
        closed = await tx.conversations.find(new_talk.id)
        assert closed is not None
        assert (closed.chat_id, closed.closed_at) == (NEW_GROUP, clock.now())
        shown = await tx.answers.shown_by(NEW_GROUP, 4)
        assert shown is not None
        assert shown.conversation_id == new_talk.id
        assert await tx.settings.of_chat(NEW_GROUP) == {"language": "es"}


async def test_an_update_of_the_old_group_that_comes_late_does_no_harm(
    store: Store, clock: HandClock
) -> None:
    """A message from before the move is worked on after it; the group's conversation stays open."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        talk = await tx.conversations.current(Place(GROUP), at=clock.now())
        await ask_in(tx, GROUP, talk.id, 7, clock.now())
        await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())
        clock.advance(60)

        met = await tx.chats.meet(GROUP, kind="group", at=clock.now())

        assert met.id == NEW_GROUP
        late = await tx.conversations.current(Place(met.id), at=clock.now())
        assert late.id == talk.id
        # Told of the move again, it moves nothing.
        assert not await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())
        assert await tx.chats.find(GROUP) is None
