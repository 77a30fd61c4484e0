"""Files are kept with their conversation, and handed over to be deleted, on both databases."""

from datetime import timedelta

from sqlalchemy import LargeBinary, select, type_coerce

from bot.storage import File, Place, Store
from bot.storage.store import Transaction
from bot.storage.tables import files
from tests.conftest import HandClock

ANNA, BRUNO, GROUP = 7_000_000_001, 7_000_000_002, -1_001_234_567_890


async def keep(
    tx: Transaction, clock: HandClock, name: str, *, user: int = ANNA, chat: int = GROUP
) -> int:
    """Keep a file in the open conversation of a chat; tells its number."""
    for each in (ANNA, BRUNO):
        await tx.users.meet(each, language=None, at=clock.now())
    await tx.chats.meet(chat, kind="supergroup", at=clock.now())
    conversation = await tx.conversations.current(Place(chat), at=clock.now())
    file = File(
        name=name,
        conversation_id=conversation.id,
        user_id=user,
        external_id="group",
        session_id="first",
        media_id=f"media of {name}",
        source="telegram",
        kind="document",
        display_name="secret plan.pdf",
        extract="We leave at noon.",
        at=clock.now(),
    )
    await tx.files.keep(file)
    clock.advance(1)
    return conversation.id


async def test_files_are_found_by_their_conversation(store: Store, clock: HandClock) -> None:
    """What I sent is there, oldest first; what I send again moves to the end."""
    async with store.begin() as tx:
        conversation = await keep(tx, clock, "a")
        await keep(tx, clock, "b")
        before = await tx.files.of_conversation(conversation)
        await tx.files.send_again("a", at=clock.now())
        await tx.files.carry_over(conversation, "second")
        after = await tx.files.of_conversation(conversation)

    assert [file.name for file in before] == ["a", "b"]
    assert [(file.name, file.session_id) for file in after] == [("b", "second"), ("a", "second")]
    assert before[0].display_name == "secret plan.pdf"


async def test_no_name_and_no_word_of_a_file_is_readable(store: Store, clock: HandClock) -> None:
    """Whoever steals the database learns neither what my file is called nor what is in it."""
    async with store.begin() as tx:
        await keep(tx, clock, "a")
        columns = (files.c.display_name, files.c.extract)
        raw = select(*(type_coerce(column, LargeBinary) for column in columns))
        (row,) = await tx.connection.execute(raw)

    assert all(b"plan" not in bytes(value) and b"noon" not in bytes(value) for value in row)


async def test_files_of_a_conversation_are_released(store: Store, clock: HandClock) -> None:
    """It is deleted; its files are handed over to be deleted at OnDemand, at the next look."""
    async with store.begin() as tx:
        conversation = await keep(tx, clock, "a")
        await tx.files.release_conversation(conversation)
        left = await tx.files.of_conversation(conversation)
        handed = await tx.uploads.left_behind(before=clock.now() - timedelta(hours=1))

    assert left == []
    assert [(upload.name, upload.external_id) for upload in handed] == [("a", "group")]


async def test_files_of_a_person_are_released(store: Store, clock: HandClock) -> None:
    """I am erased; of the group's files those go that I sent."""
    async with store.begin() as tx:
        conversation = await keep(tx, clock, "a")
        await keep(tx, clock, "b", user=BRUNO)
        await tx.users.erase(ANNA, at=clock.now())
        left = await tx.files.of_conversation(conversation)
        handed = await tx.uploads.left_behind(before=clock.now() - timedelta(hours=1))

    assert [file.name for file in left] == ["b"]
    assert [upload.name for upload in handed] == ["a"]


async def test_files_of_a_chat_are_released(store: Store, clock: HandClock) -> None:
    """Our group is erased; all that anybody sent there is handed over, and nothing else."""
    async with store.begin() as tx:
        await keep(tx, clock, "a")
        await keep(tx, clock, "b", user=BRUNO)
        elsewhere = await keep(tx, clock, "c", chat=ANNA)
        await tx.chats.erase(GROUP, at=clock.now())
        left = await tx.files.of_conversation(elsewhere)
        handed = await tx.uploads.left_behind(before=clock.now() - timedelta(hours=1))

    assert [file.name for file in left] == ["c"]
    assert sorted(upload.name for upload in handed) == ["a", "b"]
