"""Translations are kept, found again and forgotten, and tell nobody what was said."""

from datetime import timedelta

from sqlalchemy import LargeBinary, func, select, type_coerce

from bot.storage import Original, Store
from bot.storage.tables import translations
from tests.conftest import HandClock
from tests.contracts.residents import ANNA, GROUP, settle_in

STRANGER = 7_000_000_099


async def test_a_translation_is_found_by_its_text_and_its_language(
    store: Store, clock: HandClock
) -> None:
    """What was translated once is not paid again, and no other language is taken for it."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        source = tx.translations.source_of("Hello")
        for words in ("Hola", "Buenas"):
            await tx.translations.keep(source, "es", words, user_id=ANNA, at=clock.now())
    async with store.read() as tx:
        found = [
            await tx.translations.find(tx.translations.source_of(text), language)
            for text, language in (("Hello", "es"), ("Hello", "fr"), ("hello", "es"))
        ]
        by_key = await tx.translations.by_key(tx.translations.key_of(source, "es"))
        raw = await tx.connection.scalar(select(type_coerce(translations.c.text, LargeBinary)))

    assert found == ["Hola", None, None]
    assert by_key == "Hola"
    assert raw is not None
    assert b"Hola" not in raw


async def test_a_translation_goes_with_whose_it_is(store: Store, clock: HandClock) -> None:
    """I am erased, and so is what I wrote; of somebody unknown no number is kept."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        for user, text in ((ANNA, "Hello"), (STRANGER, "Bye")):
            source = tx.translations.source_of(text)
            await tx.translations.keep(source, "es", "…", user_id=user, at=clock.now())
        owners = set(await tx.connection.scalars(select(translations.c.user_id)))
        await tx.users.erase(ANNA, at=clock.now())
        left = await tx.connection.scalar(select(func.count()).select_from(translations))

    assert owners == {ANNA, None}
    assert left == 1


async def test_the_messages_that_show_a_translation_are_found(
    store: Store, clock: HandClock
) -> None:
    """From what was said to what shows it, and back, also where several were said at once."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        both = [Original(10, "a" * 64), Original(11, "b" * 64)]
        await tx.translation_posts.keep(GROUP, both, [13, 12], at=clock.now())
        of_first = await tx.translation_posts.of(GROUP, 10)
        shown = await tx.translation_posts.shown_by(GROUP, [13])
        changed = [Original(10, "c" * 64), both[1]]
        await tx.translation_posts.keep(GROUP, changed, [12], at=clock.now())
        again = await tx.translation_posts.shown_by(GROUP, [12, 13])
        await tx.translation_posts.keep(GROUP, changed, [], at=clock.now())
        none = await tx.translation_posts.of(GROUP, 10)

    assert of_first == [12, 13]
    assert shown == both
    assert again == changed
    assert none == []


async def test_what_is_old_is_forgotten(store: Store, clock: HandClock) -> None:
    """After their time neither texts nor numbers are left."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        source = tx.translations.source_of("Hello")
        await tx.translations.keep(source, "es", "Hola", user_id=ANNA, at=clock.now())
        await tx.translation_posts.keep(GROUP, [Original(10, source)], [12], at=clock.now())
        later = clock.now() + timedelta(days=1)
        await tx.translations.forget(before=clock.now())
        await tx.translation_posts.forget(before=clock.now())
        kept = await tx.translations.find(source, "es"), await tx.translation_posts.of(GROUP, 10)
        await tx.translations.forget(before=later)
        await tx.translation_posts.forget(before=later)
        gone = await tx.translations.find(source, "es"), await tx.translation_posts.of(GROUP, 10)

    assert kept == ("Hola", [12])
    assert gone == (None, [])


async def test_a_supergroup_has_messages_of_its_own(store: Store, clock: HandClock) -> None:
    """The group became another; what is numbered there anew is not taken for what was here."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        await tx.chats.meet(GROUP - 1, kind="supergroup", at=clock.now())
        await tx.translation_posts.keep(GROUP, [Original(10, "a" * 64)], [12], at=clock.now())
        there = [Original(1, "b" * 64)]
        await tx.translation_posts.keep(GROUP - 1, there, [2], at=clock.now())
        await tx.chats.move(GROUP, GROUP - 1, at=clock.now())
        of_old = await tx.translation_posts.of(GROUP - 1, 10)
        of_new = await tx.translation_posts.of(GROUP - 1, 1)

    assert (of_old, of_new) == ([], [2])
