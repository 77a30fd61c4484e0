"""Telegram's messages, read into our words."""

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Message, User

from bot.conversation.listen import Sound
from bot.conversation.settings import Choices
from bot.conversation.surface import Address, Ref
from bot.conversation.voice import VoiceChoice
from bot.telegram import reading

BOT = User(99, "OnDemand", is_bot=True, username="The_Bot")
ANNA = {"id": 5, "is_bot": False, "first_name": "Anna", "last_name": "Blume"}
BRUNO = {"id": 6, "is_bot": False, "first_name": "Bruno"}
ME = {"id": 99, "is_bot": True, "first_name": "OnDemand", "username": "The_Bot"}


@pytest.fixture(autouse=True)
def _lengths_as_the_bot_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library gives lengths as stretches of time, as it does in the running bot."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


def message(text: str | None = "hi", **fields: Any) -> Message:
    """A message of Anna's, in a group unless it says otherwise."""
    raw = {
        "message_id": 7,
        "date": 1_700_000_000,
        "chat": {"id": -100, "type": "supergroup", "title": "Trip"},
        "from": ANNA,
        "text": text,
        **fields,
    }
    read = Message.de_json(raw, None)
    assert read is not None
    return read


def entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    """A stretch of a text, as Telegram marks it."""
    return {"type": kind, "offset": offset, "length": length, **more}


def said_by(who: dict[str, Any], text: str, **more: Any) -> dict[str, Any]:
    """An earlier message in the same chat."""
    chat = {"id": -100, "type": "supergroup"}
    return {"message_id": 3, "date": 1, "chat": chat, "from": who, "text": text, **more}


@pytest.mark.parametrize(
    ("text", "entities", "question"),
    [
        ("Why?", [], "Why?"),
        ("@the_bot Why?", [entity("mention", 0, 8)], "Why?"),
        ("Why, @The_Bot ?", [entity("mention", 5, 8)], "Why,  ?"),
        ("🌯🌯 @the_bot Why?", [entity("mention", 5, 8)], "🌯🌯  Why?"),
        ("@somebody Why?", [entity("mention", 0, 9)], "@somebody Why?"),
        ("/ask Why?", [entity("bot_command", 0, 4)], "Why?"),
        ("/ask@the_bot Why?", [entity("bot_command", 0, 12)], "Why?"),
        ("/ask", [entity("bot_command", 0, 4)], ""),
        ("What does /ask do?", [entity("bot_command", 10, 4)], "What does /ask do?"),
        ("Robot, why?", [entity("text_mention", 0, 5, user=ME)], ", why?"),
        ("Bruno, why?", [entity("text_mention", 0, 5, user=BRUNO)], "Bruno, why?"),
        ("Why?", [entity("mention", 40, 8)], "Why?"),
    ],
)
def test_a_question_is_the_words_without_the_call(
    text: str, entities: list[dict[str, Any]], question: str
) -> None:
    """What calls the bot is not part of what is asked."""
    assert reading.question_in(message(text, entities=entities), BOT) == question


def test_somebody_elses_message_comes_along() -> None:
    """I reply to Bruno, and what he said is what I mean."""
    replying = message("Is that so?", reply_to_message=said_by(BRUNO, "Two.\nThree."))

    assert reading.question_in(replying, BOT) == "Bruno wrote:\n> Two.\n> Three.\n\nIs that so?"


def test_of_a_long_message_only_the_quote_comes_along() -> None:
    """I mark a few words to reply to, and only they are meant."""
    quote = {"text": "Three.", "position": 5}
    replying = message("Why?", reply_to_message=said_by(BRUNO, "Two. Three."), quote=quote)

    assert reading.question_in(replying, BOT) == "Bruno wrote:\n> Three.\n\nWhy?"


def test_the_bots_own_words_do_not_come_along() -> None:
    """The assistant knows what it said."""
    replying = message("Why?", reply_to_message=said_by(ME, "So."))

    assert reading.question_in(replying, BOT) == "Why?"


@pytest.mark.parametrize(
    ("original", "is_answer"),
    [
        (None, False),
        (said_by(ME, "So."), True),
        (said_by(BRUNO, "So."), False),
        (said_by(ME, "", forum_topic_created={"name": "Trip", "icon_color": 1}), False),
    ],
    ids=["no reply", "to the bot", "to Bruno", "first in a topic"],
)
def test_a_reply_to_the_bot_is_meant_for_it(
    original: dict[str, Any] | None, is_answer: bool
) -> None:
    """In a forum every message replies to the topic, and that means nothing."""
    assert reading.answers_to(message(reply_to_message=original), BOT) is is_answer


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"chat": {"id": 5, "type": "private"}}, Address(5)),
        ({}, Address(-100, is_group=True)),
        ({"message_thread_id": 7}, Address(-100, is_group=True)),
        (
            {"message_thread_id": 7, "is_topic_message": True},
            Address(-100, topic=7, is_group=True),
        ),
    ],
)
def test_a_message_belongs_to_its_chat_and_topic(fields: dict[str, Any], address: Address) -> None:
    """Threads of plain groups are no topics."""
    assert reading.address_of(message(**fields)) == address


def test_an_utterance_says_who_said_what_where_and_when() -> None:
    """Everything a use case needs to know about my message."""
    said = reading.utterance(
        message(),
        "hi",
        language="de",
        conversation=3,
        voice=VoiceChoice(),
        choices=Choices(),
        instead_of=[8, 9],
    )

    assert (said.speaker, said.name, said.text) == (5, "Anna Blume", "hi")
    assert said.language == "de"
    assert said.at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert said.message == Ref(-100, 7)
    assert said.instead_of == (Ref(-100, 8), Ref(-100, 9))


@pytest.mark.parametrize(
    ("update", "language"),
    [
        ({"update_id": 1, "message": {"from": {"language_code": "de-AT"}}}, "de"),
        ({"update_id": 1, "edited_message": {"from": {"language_code": "pt-br"}}}, "pt"),
        (
            {
                "update_id": 1,
                "callback_query": {
                    "from": {"language_code": "es"},
                    "message": {"from": {"language_code": "en"}},
                },
            },
            "es",
        ),
        ({"again": {"chat": 5, "language": "ru"}}, "ru"),
        ({"again": {"chat": 5}}, "en"),
        ({"message": {"from": {"language_code": ["de"]}}}, "en"),
        ({"message": {"from": "de"}}, "en"),
        ({"message": {"from": {}}}, "en"),
        ({"message": "de"}, "en"),
        ({}, "en"),
    ],
    ids=[
        "who wrote",
        "who edited",
        "who pressed, not who posted",
        "an arrival of our own",
        "one of an earlier release",
        "no tag",
        "no person",
        "a person who does not say",
        "no message",
        "nothing",
    ],
)
def test_a_person_is_spoken_to_in_their_language(update: dict[str, Any], language: str) -> None:
    """Whatever comes in, the bot knows how to speak with whoever it came from."""
    assert reading.language_in(update) == language


def test_nobody_says_nothing() -> None:
    """A message without an author is nobody's utterance."""
    with pytest.raises(ValueError, match="nobody"):
        reading.utterance(
            message(**{"from": None}),
            "hi",
            language="en",
            conversation=3,
            voice=VoiceChoice(),
            choices=Choices(),
        )


@pytest.mark.parametrize(
    ("text", "is_long"), [("a" * 3999, False), ("a" * 4000, True), ("🌯" * 2000, True)]
)
def test_a_message_near_the_limit_may_be_cut_by_the_app(text: str, is_long: bool) -> None:
    """Apps count as Telegram does, in UTF-16."""
    assert reading.is_long_paste(text) is is_long


VOICE = {"file_id": "F", "file_unique_id": "U", "duration": 3, "file_size": 400}
SOUND = Sound("F", "U", 400, 3)


@pytest.mark.parametrize(
    ("fields", "sound", "is_spoken"),
    [
        ({"voice": VOICE}, SOUND, True),
        ({"audio": VOICE}, SOUND, True),
        ({"video_note": {**VOICE, "length": 240}}, SOUND, True),
        ({"reply_to_message": said_by(BRUNO, "", voice=VOICE)}, SOUND, False),
        ({"reply_to_message": said_by(BRUNO, "hi")}, None, False),
        ({"reply_to_message": said_by(ME, "", voice=VOICE)}, None, False),
        ({"voice": {**VOICE, "file_size": None}}, Sound("F", "U", 0, 3), True),
        ({}, None, False),
    ],
    ids=[
        "voice",
        "audio",
        "round film",
        "reply to one",
        "reply",
        "reply to the bot's own",
        "of unknown size",
        "text",
    ],
)
def test_a_recording_is_found_where_it_is_meant(
    fields: dict[str, Any], sound: Sound | None, is_spoken: bool
) -> None:
    """My own recording, or the one I reply to."""
    read = message(**fields)

    assert (reading.sound_in(read, BOT), reading.is_spoken(read)) == (sound, is_spoken)


@pytest.mark.parametrize(
    ("fields", "question"),
    [
        ({"text": None, "voice": VOICE}, "What is a monad?"),
        (
            {"text": None, "voice": VOICE, "caption": "@the_bot see above",
             "caption_entities": [entity("mention", 0, 8)]},
            "What is a monad?\n\nsee above",
        ),
        (
            {"text": "Why?", "reply_to_message": said_by(BRUNO, "", voice=VOICE)},
            "Bruno wrote:\n> What is a monad?\n\nWhy?",
        ),
        ({"text": None, "voice": VOICE, "reply_to_message": said_by(ME, "Hello!")},
         "What is a monad?"),
    ],
    ids=["spoken", "with a caption", "somebody else's", "in reply to the bot"],
)  # fmt: skip
def test_what_was_heard_is_asked(fields: dict[str, Any], question: str) -> None:
    """What I said aloud with what I wrote below it, or what somebody said and what I want of it."""
    assert reading.question_in(message(**fields), BOT, heard="What is a monad?") == question


def test_a_caption_calls_the_bot_too() -> None:
    """I name the bot under my recording."""
    called = message(
        text=None, voice=VOICE, caption="@the_bot", caption_entities=[entity("mention", 0, 8)]
    )

    assert reading.mentions(called, BOT)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "hi"),
        ({"text": None, "caption": "Look"}, "Look"),
        ({"text": None}, ""),
        ({"text": "🌯 run me", "entities": [entity("code", 3, 3)]}, "🌯 `run` me"),
        (
            {"text": "Look: x = 1", "entities": [entity("pre", 6, 5, language="python")]},
            "Look: \n```python\nx = 1\n```",
        ),
        (
            {"text": "here", "entities": [entity("text_link", 0, 4, url="https://a.example/")]},
            "here (https://a.example/)",
        ),
        ({"text": "bold", "entities": [entity("bold", 0, 4)]}, "bold"),
    ],
    ids=["text", "caption", "neither", "code", "a block", "a hidden link", "a style"],
)
def test_what_a_message_says_in_writing(fields: dict[str, Any], words: str) -> None:
    """Code is marked as code, and a hidden link is said."""
    assert reading.words_of(message(**fields)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [("/translate es Hola", "es Hola"), ("/translate@the_bot\nes", "es"), ("/translate", "")],
)
def test_what_stands_behind_a_command(text: str, words: str) -> None:
    """The command itself is not part of it, nor whose it is."""
    assert reading.argument_of(message(text)) == words


@pytest.mark.parametrize(
    ("caption", "length", "is_ours"),
    [
        ("/ask What is this?", 4, True),
        ("/ASK@the_bot What is this?", 12, True),
        ("/ask@another_bot What is this?", 16, False),
        ("/translate es", 10, False),
        ("What is this?", 0, False),
    ],
)
def test_a_caption_may_ask(caption: str, length: int, is_ours: bool) -> None:
    """What I write below a picture is for the bot where it begins with its command."""
    marked = [entity("bot_command", 0, length)] if length else []

    picture = message(None, caption=caption, caption_entities=marked)

    assert reading.asks(picture, BOT) is is_ours
