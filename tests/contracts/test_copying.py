"""A whole database, copied from each kind into each kind."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from bot.clock import SystemClock
from bot.metrics import Metrics
from bot.storage import (
    Cipher,
    Copied,
    MisconfiguredError,
    Place,
    Store,
    copy,
    open_store,
    parse,
    upgrade,
)
from bot.storage.schema import connected
from bot.storage.tables import invites, metadata, users

AT = datetime(2026, 11, 28, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(params=["to sqlite", "to postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path, new_postgres: Callable[..., str]) -> str:
    """An empty database of each kind."""
    return f"sqlite:///{tmp_path}/copy.db" if request.param == "to sqlite" else new_postgres()


async def fill(url: str, store: Store) -> int:
    """Something in many tables; gives the number of a conversation that was deleted again."""
    people = [
        {"id": number, "external_id": f"{number:032}", "language": "pt", "met_at": AT}
        for number in range(1, 2501)
    ]
    with connected(parse(url)) as connection:
        connection.execute(insert(users), people)
        connection.commit()
    async with store.begin() as tx:
        await tx.chats.meet(-5, kind="supergroup", at=AT)
        await tx.chats.meet(7, kind="private", at=AT)
        await tx.settings.set_for_user(7, "voice", {"mode": "always"})
        kept = await tx.conversations.open_new(Place(7), at=AT)
        await tx.conversations.rename(kept.id, "Porto in May — 波尔图 👩‍👩‍👧")
        gone = await tx.conversations.open_new(Place(-5, 3, 9), at=AT)
        await tx.conversations.delete(gone.id)
        return gone.id


async def test_everything_arrives_and_is_still_readable(
    url: str, target: str, store: Store, cipher: Cipher
) -> None:
    """I move; my people, their words and the numbers of what was deleted are as they were."""
    deleted = await fill(url, store)

    told = list(copy(parse(url), parse(target)))

    # The terms of the schema are written with the schema.
    assert {each.table for each in told} == set(metadata.tables) - {"schema_terms"}
    assert all(each.is_same for each in told)
    assert {each.table: each.rows for each in told if each.rows} == {
        "data_keys": 1,
        "users": 2500,
        "chats": 2,
        "conversations": 1,
        "user_settings": 1,
    }
    where = parse(target)
    async with open_store(where, cipher=cipher, clock=SystemClock(), metrics=Metrics()) as moved:
        async with moved.begin() as tx:
            (found,) = await tx.conversations.listed(Place(7), limit=5)
            fresh = await tx.conversations.open_new(Place(-5), at=AT)
            chosen = await tx.settings.of_user(7)
        assert (found.title, found.opened_at) == ("Porto in May — 波尔图 👩‍👩‍👧", AT)
        assert chosen == {"voice": {"mode": "always"}}
        assert fresh.id > deleted  # Its number means nothing else, ever.


async def test_only_an_empty_database_is_filled(url: str, target: str, store: Store) -> None:
    """Said twice, the second one is refused, and nothing changes."""
    await fill(url, store)
    list(copy(parse(url), parse(target)))

    with pytest.raises(MisconfiguredError, match="holds something already"):
        list(copy(parse(url), parse(target)))
    with pytest.raises(MisconfiguredError, match="into itself"):
        list(copy(parse(url), parse(url)))


async def test_a_copy_that_breaks_off_leaves_nothing(url: str, target: str, store: Store) -> None:
    """I interrupt it in the middle: the target is as empty as before, and can be filled."""
    await fill(url, store)
    with closing(copy(parse(url), parse(target))) as copying:
        while next(copying).table != "users":
            pass

    assert sum(each.rows for each in copy(parse(url), parse(target))) > 2500


#: Where small and capital letters are sorted among each other, as in a dictionary.
DICTIONARY = """
DROP TABLE invites;
CREATE TABLE invites (
    token VARCHAR(32) COLLATE NOCASE NOT NULL CONSTRAINT pk_invites PRIMARY KEY,
    uses_left INTEGER NOT NULL, made_at DATETIME NOT NULL, expires_at DATETIME NOT NULL
)
"""


async def test_databases_that_sort_words_differently_are_compared_all_the_same(
    url: str, store: Store, tmp_path: Path
) -> None:
    """My new database sorts as a dictionary does, my old one did not; the copy is a copy."""
    target = parse(f"sqlite:///{tmp_path}/copy.db")
    upgrade(target)
    with closing(sqlite3.connect(f"{tmp_path}/copy.db")) as file:
        file.executescript(DICTIONARY)
    async with store.begin() as tx:
        links = [
            {"token": token, "uses_left": 1, "made_at": AT, "expires_at": AT} for token in "aBcD"
        ]
        await tx.connection.execute(insert(invites), links)

    told = {each.table: each for each in copy(parse(url), target)}

    assert told["invites"] == Copied("invites", 4, is_same=True)


async def test_a_copy_that_lacks_one_letter_is_no_copy(
    url: str, store: Store, tmp_path: Path
) -> None:
    """My new database writes down another word than it was told: I hear so, and nothing is kept."""
    target = parse(f"sqlite:///{tmp_path}/copy.db")
    upgrade(target)
    with closing(sqlite3.connect(f"{tmp_path}/copy.db")) as file:
        file.executescript(
            "CREATE TRIGGER slip AFTER INSERT ON invites WHEN NEW.token = 'c' "
            "BEGIN UPDATE invites SET token = 'C' WHERE token = 'c'; END"
        )
    async with store.begin() as tx:
        links = [
            {"token": token, "uses_left": 1, "made_at": AT, "expires_at": AT} for token in "abcd"
        ]
        await tx.connection.execute(insert(invites), links)

    with pytest.raises(MisconfiguredError, match="invites differs"):
        list(copy(parse(url), target))

    with connected(target) as connection:
        assert connection.scalar(select(func.count()).select_from(invites)) == 0
