"""What was heard and spoken is kept, found again and forgotten, on both databases."""

from datetime import timedelta

from sqlalchemy import LargeBinary, select, type_coerce

from bot.storage import Place, Spoken, Store, Upload
from bot.storage.store import Transaction
from bot.storage.tables import speech
from tests.conftest import HandClock
from tests.contracts.residents import ANNA, BRUNO, GROUP, settle_in


async def test_a_recording_is_heard_once(store: Store, clock: HandClock) -> None:
    """Whoever sends my voice note on is told what I was told."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        before = await tx.transcripts.find("recording")
        await tx.transcripts.keep("recording", "hello", user_id=ANNA, at=clock.now())
        await tx.transcripts.keep("recording", "yellow", user_id=BRUNO, at=clock.now())
    async with store.read() as tx:
        found = await tx.transcripts.find("recording")

    assert (before, found) == (None, "hello")


async def test_silence_is_remembered_too(store: Store, clock: HandClock) -> None:
    """A note in which nobody speaks is not listened to again."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        await tx.transcripts.keep("silence", "", user_id=ANNA, at=clock.now())
        found = await tx.transcripts.find("silence")

    assert found == ""


async def speak(tx: Transaction, words: str, clock: HandClock, *, user: int = ANNA) -> None:
    """Have these words spoken and fetched."""
    await tx.speech.note(words, "nova", "https://…", user_id=user, at=clock.now())
    await tx.speech.keep(words, "nova", b"sound", seconds=1.5)


async def test_speech_is_found_by_its_words_and_its_voice(store: Store, clock: HandClock) -> None:
    """What was spoken once is not paid again, and no other voice is taken for it."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        await speak(tx, "Hello", clock)
    async with store.read() as tx:
        found = [
            await tx.speech.find(words, voice)
            for words, voice in (("Hello", "nova"), ("Hello", "onyx"), ("Hallo", "nova"))
        ]
        raw = await tx.connection.scalar(select(type_coerce(speech.c.sound, LargeBinary)))

    assert found == [Spoken(b"sound", 1.5), None, None]
    assert raw is not None
    assert b"sound" not in raw


async def test_speech_that_was_paid_can_still_be_fetched(store: Store, clock: HandClock) -> None:
    """What was made and not fetched is fetched later, from where it was made last."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        for address in ("https://expired", "https://new"):
            await tx.speech.note("Hello", "nova", address, user_id=ANNA, at=clock.now())
    async with store.read() as tx:
        found = await tx.speech.find("Hello", "nova")

    assert found == Spoken(address="https://new")


async def test_what_is_old_is_forgotten(store: Store, clock: HandClock) -> None:
    """Nothing I said stays longer than it must."""
    begun = clock.now()
    async with store.begin() as tx:
        await settle_in(tx, clock)
        await tx.transcripts.keep("old", "hello", user_id=ANNA, at=begun)
        await speak(tx, "old", clock)
        clock.advance(3600)
        later = clock.now()
        await tx.transcripts.keep("new", "hello", user_id=ANNA, at=later)
        await speak(tx, "new", clock)
        await tx.transcripts.forget(before=later)
        await tx.speech.forget(before=later)
    async with store.read() as tx:
        left = [
            await tx.transcripts.find("old"),
            await tx.speech.find("old", "nova"),
            await tx.transcripts.find("new"),
            await tx.speech.find("new", "nova"),
        ]

    assert left == [None, None, "hello", Spoken(b"sound", 1.5)]


async def test_erasing_a_person_erases_their_voice(store: Store, clock: HandClock) -> None:
    """When I ask to be forgotten, nobody finds what I said or was told aloud."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        for user in (ANNA, BRUNO):
            await tx.transcripts.keep(f"of {user}", "hello", user_id=user, at=clock.now())
            await speak(tx, f"for {user}", clock, user=user)
        await tx.users.erase(ANNA, at=clock.now())
        left = [
            await tx.transcripts.find(f"of {ANNA}"),
            await tx.speech.find(f"for {ANNA}", "nova"),
            await tx.transcripts.find(f"of {BRUNO}"),
            await tx.speech.find(f"for {BRUNO}", "nova"),
        ]

    assert left == [None, None, "hello", Spoken(b"sound", 1.5)]


async def test_an_upload_is_remembered_until_it_is_deleted(store: Store, clock: HandClock) -> None:
    """A recording of mine at OnDemand is known until it is gone there, whatever happens."""
    begun = clock.now()
    mine = Upload("voice-1.ogg", "a" * 32, begun)
    async with store.begin() as tx:
        await tx.uploads.begin(mine)
        await tx.uploads.begin(mine)
        await tx.uploads.begin(Upload("voice-2.ogg", "a" * 32, begun + timedelta(minutes=10)))
    async with store.begin() as tx:
        left = await tx.uploads.left_behind(before=begun + timedelta(minutes=1))
        found = await tx.uploads.find(mine.name)
        await tx.uploads.end(mine.name)
        found_then = await tx.uploads.find(mine.name)
        left_then = await tx.uploads.left_behind(before=begun + timedelta(minutes=1))

    assert (left, found) == ([mine], mine)
    assert (left_then, found_then) == ([], None)


async def test_the_question_for_the_right_words_is_no_answer(
    store: Store, clock: HandClock
) -> None:
    """Replying to it says what I meant; it does not continue an old conversation."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        conversation = await tx.conversations.current(Place(GROUP), at=clock.now())

        async def keep(answer: str) -> None:
            await tx.answers.keep(
                chat_id=GROUP,
                conversation_id=conversation.id,
                asker_id=ANNA,
                question_message=1,
                question="two bee or not",
                answer=answer,
                shown=[2],
                at=clock.now(),
                is_heard=True,
            )

        await keep("That is the question.")
        answer = await tx.answers.shown_by(GROUP, 2)
        assert answer is not None
        await tx.answers.ask_for_words(answer, 3)
        await keep("Whether it is nobler …")
        shown = await tx.answers.shown_by(GROUP, 2)
        asked = await tx.answers.asked_for_words_by(GROUP, 3)
        neither = [
            await tx.answers.shown_by(GROUP, 3),
            await tx.answers.asked_for_words_by(GROUP, 2),
        ]

    assert shown is not None
    assert (shown.answer, shown.is_heard, shown.posts) == ("Whether it is nobler …", True, (2,))
    assert (asked, neither) == (shown, [None, None])
