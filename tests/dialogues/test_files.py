"""Files and pictures: what I send is read, and I can ask about it from then on."""

import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import is_final
from tests.dialogues.test_chats import chats, look
from tests.dialogues.test_groups import BOT
from tests.waiting import until

KNOWLEDGE = "agent-1713962163"

#: Most of these are about files, and not about the store, which is the same on both databases.
ONE_STORE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


@pytest.fixture
def pace() -> float:
    """Ten files are more than OnDemand takes in a minute, and they are waited for."""
    return 20.0


def png(width: int = 4, height: int = 3) -> bytes:
    """A small picture, black all over."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(height * (width + 1)))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def says(phrase: str, *names: str) -> Callable[[Read], bool]:
    """Whether a message is this sentence about these files."""
    words = re.escape(say(phrase, "en", names="`, `".join(names), ref="REF")).replace("`", "")
    return lambda read: re.fullmatch(words.replace("REF", "[0-9a-f]+"), read.text) is not None


def queries(ondemand: OnDemandSandbox) -> list[str]:
    """What was asked."""
    return [call.body["query"] for call in ondemand.calls("submit_query")]


def uploads(ondemand: OnDemandSandbox) -> list[dict[str, Any]]:
    """What was given to OnDemand."""
    return [dict(call.body) for call in ondemand.calls("upload_media")]


async def final(person: Person, **where: Any) -> Read:
    """The next complete answer."""
    (read,) = await person.reads(when=is_final, **where)
    return read


async def test_i_ask_about_a_document(anna: Person, ondemand: OnDemandSandbox) -> None:
    """Its caption is my question; the answer knows what is in it, now and in the next question."""
    content = b"The train to Porto leaves at noon."
    await anna.sends(document=content, file_name="plan.txt", caption="What is in this file?")
    first = await final(anna)
    await anna.says("And what does the document say again?")
    second = await final(anna)

    assert "leaves at noon" in first.text
    assert "leaves at noon" in second.text
    (given,) = uploads(ondemand)
    asked = [call.body for call in ondemand.calls("submit_query")]
    assert given["plugins"] == "plugin-1713954536"
    assert re.fullmatch(r"document-[0-9a-f]{16}\.txt", given["name"])
    assert asked[0]["query"] == (
        f'[The files I sent: "plan.txt" ({given["name"]})]\n\nWhat is in this file?'
    )
    assert asked[1]["query"] == "And what does the document say again?"
    assert [body["agentIds"] for body in asked] == [[KNOWLEDGE]] * 2
    session = ondemand.calls("submit_query")[0].path.split("/")[-2]
    assert given["sessionId"] == session
    assert len(ondemand.calls("create_session")) == 1


async def test_a_picture_without_a_question_is_read(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I see that the bot is at it, am told when it is done, and ask then."""
    picture = await anna.sends(photo=png())
    (read,) = await anna.reads(when=says("file read", "photo.jpg"))
    assert read.reply_to == picture.id
    assert [action.name for action in anna.saw_actions()][:1] == ["typing"]
    assert ondemand.paid == 0

    await anna.says("What is in the picture?")

    assert "4 by 3 pixels" in (await final(anna)).text


async def test_an_album_is_one_question(anna: Person, ondemand: OnDemandSandbox) -> None:
    """Ten files, one of them bad: nine are read, the bad one is named, and one answer comes."""
    pieces: list[dict[str, Any]] = [
        {"document": f"Page {n}.".encode(), "file_name": f"{n}.txt"} for n in range(9)
    ]
    pieces.insert(4, {"document": b"MZ\0\0", "file_name": "virus.exe"})
    pieces[0]["caption"] = "What files are there?"

    await anna.sends_album(*pieces)

    await anna.reads(when=says("file of unknown kind", "virus.exe"))
    await final(anna)
    await anna.says("Thanks!")
    await final(anna)
    assert len(uploads(ondemand)) == 9
    album, _ = queries(ondemand)
    assert re.findall(r'"(\d)\.txt"', album) == list("012345678")


@ONE_STORE
async def test_the_same_file_is_not_sent_twice(anna: Person, ondemand: OnDemandSandbox) -> None:
    """I send it again, or reply to it; it is known, and the assistant is told which I mean."""
    sent = await anna.sends(document=b"Words.", file_name="a.txt")
    await anna.reads(when=says("file read", "a.txt"))

    await anna.sends(document=b"Words.", file_name="a.txt", caption="How many words?")
    await final(anna)
    await anna.says("And what is this?", reply_to=sent)
    await final(anna)

    (given,) = uploads(ondemand)
    assert queries(ondemand) == [
        f'[The files I sent: "a.txt" ({given["name"]})]\n\n{words}'
        for words in ("How many words?", "And what is this?")
    ]


@ONE_STORE
async def test_an_edited_caption_is_answered_anew(anna: Person, ondemand: OnDemandSandbox) -> None:
    """I put my question right, and the file is not sent again."""
    sent = await anna.sends(document=b"Words.", file_name="a.txt", caption="How mayn?")
    before = await final(anna)

    ondemand.assistant.will_say("One.")
    await anna.edits(sent, "How many?")
    await anna.sees_eventually(lambda seen: seen[-1].text == "One.")

    assert [read.id for read in anna.sees() if read.is_bot] == [before.id]
    assert len(uploads(ondemand)) == 1


@ONE_STORE
async def test_in_a_group_files_are_read_when_the_bot_is_meant(
    telegram: TelegramSandbox, anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """What we send each other stays ours; a mention, a reply to the bot and /ask are meant."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await group.promote(telegram.bot)
    plan = await bruno.sends(document=b"The plan.", file_name="plan.txt", in_=group)
    await anna.says("/ask What is in this file?", in_=group, reply_to=plan)
    answer = await final(anna, in_=group)
    await anna.sends(document=b"One.", file_name="1.txt", caption=f"{BOT} this file?", in_=group)
    await final(anna, in_=group)
    await anna.sends(document=b"Two.", file_name="2.txt", in_=group, reply_to=answer)
    await anna.reads(in_=group, when=says("file read", "2.txt"))

    names = [re.findall(r'"(\S+)"', query) for query in queries(ondemand)]
    assert names == [["plan.txt"], ["1.txt"]]
    assert len(uploads(ondemand)) == 3


async def test_in_a_group_a_caption_may_ask_like_a_message(
    telegram: TelegramSandbox, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I write /ask below a picture, and am answered; what is for another bot is left to it."""
    group = telegram.group("Trip", anna, telegram.bot)
    await group.promote(telegram.bot)

    await anna.sends(photo=png(), caption="/ask@another_bot What is it?", in_=group)
    picture = await anna.sends(photo=png(5, 3), caption="/ask What is this?", in_=group)
    answer = await final(anna, in_=group)

    (asked,) = queries(ondemand)
    assert asked.endswith("Anna: What is this?")
    assert "5 by 3 pixels" in answer.text
    assert answer.reply_to == picture.id


async def test_where_every_message_is_answered_captions_are_too(
    telegram: TelegramSandbox, anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """Our admin chose it: I ask below a picture; one without words asks nothing."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await group.promote(telegram.bot)
    await anna.says("/settings", in_=group)
    await anna.presses("Every message", in_=group)

    await bruno.sends(photo=png(), in_=group)
    picture = await bruno.sends(photo=png(5, 3), caption="What is this?", in_=group)
    answer = await final(bruno, in_=group)

    assert "5 by 3 pixels" in answer.text
    assert answer.reply_to == picture.id
    assert len(uploads(ondemand)) == 1


@ONE_STORE
async def test_in_a_group_an_album_is_one_question(
    telegram: TelegramSandbox, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The app puts my caption below the last document; all of them are meant, or none."""
    group = telegram.group("Trip", anna, telegram.bot)
    await group.promote(telegram.bot)
    first = {"document": b"One.", "file_name": "1.txt"}
    last = {"document": b"Two.", "file_name": "2.txt"}
    await anna.sends_album(first, {**last, "caption": "For us."}, in_=group)
    asking = {**last, "caption": f"{BOT} which files are these?"}
    sent = await anna.sends_album(first, asking, in_=group)

    answer = await final(anna, in_=group)

    assert answer.reply_to == sent[0].id
    (asked,) = queries(ondemand)
    assert re.findall(r'"(\S+)"', asked) == ["1.txt", "2.txt"]
    assert len(uploads(ondemand)) == 2


@ONE_STORE
async def test_a_file_that_cannot_be_read_is_answered_in_a_sentence(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """I am told what is wrong with it and what to do; nothing is paid, and the chat goes on."""
    unreadable: list[tuple[bytes, str, str, str]] = [
        (bytes(20 * 2**20 + 1), "film.mp4", "file too large", "film.mp4"),
        (b"MZ\0\0", "setup.exe", "file of unknown kind", "setup.exe"),
        (b"What?", "thing.xyz", "file of unknown kind", "thing.xyz"),
        (b"\0\1\2\3", "a.txt", "file of unknown kind", "a.txt"),
        (b"", "nothing.txt", "file empty", "nothing.txt"),
        (b"\xef\xbb\xbf", "marked.txt", "file empty", "marked.txt"),
        (b"MZ\0\0", "../../data/key\u202e\0.exe", "file of unknown kind", "key.exe"),
        (b"no picture", "a.png", "file not understood", "a.png"),
        (b"no book", "a.docx", "file not understood", "a.docx"),
    ]

    for content, name, phrase, shown in unreadable:
        fetched = len(telegram.calls("download"))
        await anna.sends(document=content, file_name=name, caption="What is this?")
        await anna.reads(when=says(phrase, shown))
        is_fetched = phrase == "file not understood" or name.endswith("txt")
        assert len(telegram.calls("download")) - fetched == is_fetched, name

    assert ondemand.paid == 0
    await anna.says("Are you there?")
    await final(anna)
    assert ondemand.media_left() == []


@ONE_STORE
async def test_no_name_becomes_a_path(anna: Person, ondemand: OnDemandSandbox) -> None:
    """Whatever my file is called, OnDemand sees a name of ours; and what is in it, as UTF-8."""
    for name in ("../../etc/notes.txt", "a\u202etxt\0.txt"):
        await anna.sends(document=f"Grüße, {name[:1]}.".encode("latin-1"), file_name=name)
        await anna.reads(when=lambda read: read.text.startswith("I have read"))

    assert len(uploads(ondemand)) == 2
    for given in uploads(ondemand):
        assert re.fullmatch(r"document-[0-9a-f]{16}\.txt", given["name"])
        assert given["file"]["name"] == given["name"]
        assert given["file"]["bytes"] == len("Grüße, a.".encode())


@ONE_STORE
async def test_while_files_are_out_of_service_the_chat_goes_on(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I am told that it is not my file's fault; and later nothing of it is left."""
    for operation in ("upload_media", "list_media"):
        ondemand.will("server_error", operation=operation)
    await anna.sends(document=b"Words.", file_name="a.txt", caption="What is this?")
    await anna.reads(when=says("files out of service", "a.txt"))
    await anna.says("Are you there?")
    await final(anna)

    ondemand.behave()
    await anna.sends(document=b"Words.", file_name="a.txt", caption="And now, this file?")

    assert "Words." in (await final(anna)).text


@ONE_STORE
async def test_an_error_that_was_none_gives_no_second_file(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """OnDemand says 500 and has it all the same: it is used, and there is one of it."""
    ondemand.will("media_error_but_created", times=1)

    await anna.sends(document=b"Words.", file_name="a.txt", caption="What is in this file?")

    assert "Words." in (await final(anna)).text
    assert len(ondemand.media_left()) == 1


@ONE_STORE
@pytest.mark.parametrize("fails", [False, True], ids=["at last", "never"])
async def test_a_file_that_takes_its_time(
    fails: bool, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """It is waited for; where it fails in the end, I am told and nothing is left."""
    ondemand.will("media_processing", times=1, fails=fails)

    await anna.sends(document=b"Words.", file_name="a.txt")

    await anna.reads(when=says("file not understood" if fails else "file read", "a.txt"))
    assert len(ondemand.media_left()) == (not fails)


@ONE_STORE
async def test_without_a_tool_for_files_the_words_come_along(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The account has no tool that reads files: the question carries what is in mine."""
    ondemand.will("inactive_agents", ids=[KNOWLEDGE], operation="submit_query")

    await anna.sends(document=b"Leaves at noon.", file_name="a.txt", caption="When?")
    await final(anna)

    refused, asked = (call.body for call in ondemand.calls("submit_query"))
    assert "noon" not in refused["query"]
    assert '<file name="a.txt">\nLeaves at noon.\n</file>' in asked["query"]
    assert "agentIds" not in asked


@ONE_STORE
async def test_a_session_that_is_gone_does_not_take_my_file_along(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """OnDemand forgets the conversation; what is in my file is told to the next one, once."""
    await anna.sends(document=b"Leaves at noon.", file_name="a.txt", caption="When?")
    await final(anna)
    ondemand.will("stale_session", times=1)

    for words in ("And who?", "And why?"):
        await anna.says(words)
        await final(anna)

    *_, who, why = queries(ondemand)
    assert "Leaves at noon." in who
    assert who.endswith("\n\nAnd who?")
    assert why == "And why?"
    await anna.sends(document=b"Another.", file_name="b.txt", caption="What is in this file?")
    assert "Another." in (await final(anna)).text


@pytest.mark.parametrize("pace", [300.0])  # A sweep comes each ten minutes.
async def test_files_go_with_their_conversation(anna: Person, ondemand: OnDemandSandbox) -> None:
    """Whoever deletes a conversation has its files deleted at OnDemand, too."""
    await anna.sends(document=b"Leaves at noon.", file_name="a.txt", caption="When?")
    await final(anna)
    kept = ondemand.media_left()
    menu = await chats(anna)
    await look(anna, menu, "When?")

    await anna.presses("🗑 Delete")
    await anna.presses("Yes, delete it")

    assert len(kept) == 1
    await until(lambda: not ondemand.media_left())


@ONE_STORE
async def test_a_conversation_has_its_own_files(anna: Person, ondemand: OnDemandSandbox) -> None:
    """In a fresh conversation nothing is known of what I sent before."""
    await anna.sends(document=b"Leaves at noon.", file_name="a.txt", caption="When?")
    await final(anna)

    await anna.says("/new")
    await anna.reads()
    await anna.says("Which files are there?")

    assert (await final(anna)).text == "There is no file in this session."
    assert "agentIds" not in ondemand.calls("submit_query")[-1].body
