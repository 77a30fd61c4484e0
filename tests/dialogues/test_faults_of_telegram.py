"""Telegram refuses, loses, slows down or sends nonsense: the answer arrives, and nobody else waits.

Whatever the bot says is still accepted as it is: the fixture `telegram` fails otherwise.
"""

import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.traces import Call
from tests.dialogues.conftest import is_final, labels
from tests.waiting import until

#: The store is the same on both databases, which other dialogues prove.
pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)

LONG = "One sentence comes first. " + " ".join(f"word{number}" for number in range(30))


@pytest.fixture
def pace() -> float:
    """Minutes of pauses pass in seconds."""
    return 80.0


def about(telegram: TelegramSandbox, person: Person, *, after: int = 0) -> list[Call]:
    """The calls about somebody's chat, behind the first so many calls of all."""
    calls = telegram.calls()[after:]
    # A call that was refused before it was read has its parameters as they came.
    return [call for call in calls if str(call.parameters.get("chat_id")) == str(person.id)]


def posts(telegram: TelegramSandbox, person: Person) -> int:
    """How often the bot tried to post a message to somebody."""
    return sum(call.method == "sendMessage" for call in about(telegram, person))


# What is posted.


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
async def test_an_answer_whose_dress_is_refused_comes_in_plain(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox, method: str
) -> None:
    """Telegram does not take the formatting; I read the same words without it, after one call."""
    grows = method == "editMessageText"
    # Without the end of a sentence nothing is shown before all of it is there.
    words = "**Bold.** And more." if grows else "**Bold** and more"
    ondemand.assistant.will_say(words, word_delay=0.1 if grows else None)
    telegram.will("cannot_parse", method=method, times=1)

    await anna.says("Tell me.")

    (answer,) = await anna.reads(when=is_final)
    assert answer.text == words.replace("*", "")
    assert len(anna.sees()) == 2
    if not grows:
        assert answer.entities == ()
        assert posts(telegram, anna) == 2


@pytest.mark.parametrize("behaviour", ["too_long", "too_large"])
async def test_an_answer_that_is_refused_as_a_message_comes_as_a_file(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox, behaviour: str
) -> None:
    """Telegram refuses the text for good; I get it as a file, and not a letter is lost."""
    telegram.will(behaviour, method="sendMessage")
    ondemand.assistant.will_say("**Bold.** And more.")

    await anna.says("Tell me.")

    (answer,) = await anna.reads()
    assert answer.kind == "document"
    assert answer.file == b"**Bold.** And more."
    assert ondemand.paid == 1


async def test_a_very_long_answer_comes_as_a_file_too(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Six messages are much to scroll through: the whole comes as a file behind them."""
    whole = "\n\n".join(f"Paragraph {number}. " + "word " * 120 for number in range(40))
    ondemand.assistant.will_say(whole)

    await anna.says("Tell me everything.")

    (file,) = await anna.reads(when=lambda read: read.kind == "document")
    parts = anna.sees()[1:-1]
    assert len(parts) > 5
    assert file.file == whole.encode()
    assert labels(parts[-1]) == ["🔊 Listen", "🌐 Translate", "↻ Again"]
    assert [n for n in range(40) if not any(f"Paragraph {n}." in p.text for p in parts)] == []


async def test_an_edit_that_changes_nothing_is_no_failure(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Telegram says that the message reads so already, and that is all that was wanted."""
    telegram.will("not_modified", times=1)
    ondemand.assistant.will_say(LONG, word_delay=0.02)

    await anna.says("Tell me.")

    (answer,) = await anna.reads(when=is_final)
    assert answer.text == LONG
    assert len(anna.sees()) == 2


@pytest.mark.parametrize("behaviour", ["message_gone", "uneditable"])
async def test_an_answer_whose_message_is_lost_gets_a_new_one(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox, behaviour: str
) -> None:
    """The message that grew can no longer be changed; the whole answer stands in another."""
    telegram.will(behaviour)
    ondemand.assistant.will_say(LONG, word_delay=0.02)

    await anna.says("Tell me.")

    (answer,) = await anna.reads(when=is_final)
    assert answer.text == LONG
    assert posts(telegram, anna) == 2
    telegram.behave()
    await anna.presses("↻ Again")
    await anna.sees_eventually(lambda seen: seen[-1].id == answer.id and seen[-1].text != LONG)


async def test_a_message_without_a_number_is_not_edited(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Telegram takes the first words and does not tell which message they are."""
    telegram.will("message_id_zero", times=1)
    ondemand.assistant.will_say(LONG, word_delay=0.02)

    await anna.says("Tell me.")

    (answer,) = await anna.reads(when=is_final)
    assert answer.text == LONG
    assert posts(telegram, anna) == 2


async def test_a_short_answer_without_a_number_is_said_once(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Telegram takes the answer and does not tell which message it is; it is there, and once."""
    telegram.will("message_id_zero", times=1)
    ondemand.assistant.will_say("A burrito.")

    await anna.says("What is a monad?")

    (answer,) = await anna.reads()
    assert answer.text == "A burrito."
    await anna.says("/help")
    await anna.reads()
    assert len(anna.sees()) == 4


@pytest.mark.parametrize(
    "behaviour", ["answer_lost", "broken_json", "null_result"], ids=["lost", "broken", "null"]
)
async def test_an_answer_is_never_said_a_third_time(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox, behaviour: str
) -> None:
    """Telegram takes what is said and never says so: I read it twice at most, and am told why."""
    telegram.will(behaviour, method="sendMessage", chat=anna.id)
    ondemand.assistant.will_say("A burrito.")

    await anna.says("What is a monad?")
    await anna.reads(2)
    await anna.reads(when=lambda read: "does not tell" in read.text)
    telegram.behave()
    ondemand.assistant.will_say("The next one.")
    await anna.says("And what else?")

    await anna.reads(when=lambda read: read.text == "The next one.")
    assert [read.text for read in anna.sees()].count("A burrito.") == 2
    assert len(anna.sees()) == 6
    assert ondemand.paid == 2


async def test_our_own_sentences_are_said_once(anna: Person, telegram: TelegramSandbox) -> None:
    """Telegram takes the help and never says so: I read it once."""
    telegram.will("answer_lost", method="sendMessage", chat=anna.id)

    await anna.says("/help")
    await anna.reads()
    telegram.behave()
    await anna.says("/start")

    await anna.reads(when=lambda read: read.text.startswith("Hello"))
    assert len(anna.sees()) == 4


@pytest.mark.parametrize("behaviour", ["reset", "bad_gateway", "server_error"])
async def test_an_answer_that_telegram_did_not_take_is_said_again(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox, behaviour: str
) -> None:
    """Telegram breaks down over the answer once; I read it, and once."""
    telegram.will(behaviour, method="sendMessage", times=1)
    ondemand.assistant.will_say("A burrito.")

    await anna.says("What is a monad?")

    await anna.reads(when=is_final)
    assert [read.text for read in anna.sees()[1:]] == ["A burrito."]
    assert ondemand.paid == 1


# Where nobody listens any more.


@pytest.mark.parametrize("behaviour", ["blocked", "deactivated", "chat_not_found"])
async def test_nobody_is_spoken_to_who_cannot_hear(
    anna: Person,
    bruno: Person,
    telegram: TelegramSandbox,
    ondemand: OnDemandSandbox,
    behaviour: str,
) -> None:
    """I block the bot while it answers: it stops at once, and asks for nothing more."""
    ondemand.assistant.will_say(LONG, word_delay=0.05)
    await anna.says("Tell me.")
    await anna.reads(when=lambda read: "■ Stop" in labels(read))
    telegram.will(behaviour, chat=anna.id)
    number = len(telegram.calls())

    await until(lambda: about(telegram, anna, after=number))
    await bruno.says("What is a monad?")
    await bruno.reads(when=is_final)

    assert 1 <= len(about(telegram, anna, after=number)) <= 2
    telegram.behave()
    ondemand.assistant.will_say("Welcome back.")
    await anna.says("Hello again.")
    await anna.reads(when=lambda read: read.text == "Welcome back.")


async def test_a_group_that_threw_the_bot_out_is_left_alone(
    anna: Person, bruno: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """We throw the bot out while it answers; it says nothing more, and others are answered."""
    group = telegram.group("Trip", anna, telegram.bot)
    ondemand.assistant.will_say(LONG, word_delay=0.1)
    await anna.says("/ask What next?", in_=group)
    await anna.reads(in_=group, when=lambda read: "■ Stop" in labels(read))

    await group.remove(telegram.bot)
    number = len(telegram.calls())
    await bruno.says("What is a monad?")
    await bruno.reads(when=is_final)

    await until(lambda: [c for c in telegram.calls()[number:] if c.status == 403])
    await bruno.says("And now?")
    await bruno.reads(when=is_final)
    assert len([c for c in telegram.calls()[number:] if c.status == 403]) <= 2


# Flood control.


@pytest.mark.parametrize(("seconds", "pace"), [(5, 2.0), (209, 70.0), (3600, 500.0)])
async def test_flood_control_in_one_chat_delays_no_other(
    anna: Person,
    bruno: Person,
    telegram: TelegramSandbox,
    ondemand: OnDemandSandbox,
    seconds: int,
) -> None:
    """I am told to wait; my answer is kept and comes whole, and Bruno is answered meanwhile."""
    ondemand.assistant.will_say(LONG, word_delay=0.05)
    await anna.says("Tell me.")
    await anna.reads(when=lambda read: "■ Stop" in labels(read))
    telegram.will("flood", chat=anna.id, times=1, seconds=seconds)
    await until(lambda: [call for call in about(telegram, anna) if call.status == 429])

    await bruno.says("What is a monad?")
    await bruno.reads(when=is_final)
    anna_waits = not is_final(anna.sees()[-1])

    await anna.sees_eventually(lambda seen: is_final(seen[-1]))
    (answer,) = anna.sees()[1:]
    calls = about(telegram, anna)
    (hit,) = [call for call in calls if call.status == 429]
    next_call = calls[calls.index(hit) + 1]
    assert anna_waits
    assert answer.text == LONG
    assert (next_call.at - hit.at).total_seconds() >= seconds
    assert ondemand.paid == 2


async def test_flood_control_before_the_first_word_keeps_the_answer(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """I am told to wait before anything could be said; then I read the whole answer, once."""
    telegram.will("flood", method="sendMessage", times=2, seconds=30)
    ondemand.assistant.will_say(LONG, word_delay=0.02)

    await anna.says("Tell me.")

    (answer,) = await anna.reads(when=is_final)
    assert answer.text == LONG
    assert len(anna.sees()) == 2
    assert ondemand.paid == 1


# What comes in.


NONSENSE = [
    {"message": {"date": "yesterday"}},
    {"message": {"entities": 7}},
    {"message": {"from": {"id": 2**70, "is_bot": False, "first_name": "Anna"}}},
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=["bad date", "bad entities", "bad person"])
async def test_a_poison_message_hurts_nobody_else(
    anna: Person,
    bruno: Person,
    telegram: TelegramSandbox,
    nonsense: dict[str, dict[str, object]],
) -> None:
    """A message that cannot be worked on is apologised for once, and everybody is answered."""
    await anna.says("Hello.")
    await anna.reads(when=is_final)
    message = {**telegram.updates()[-1]["message"], **nonsense["message"], "message_id": 77}
    telegram.inject({"message": message})

    await bruno.says("What is a monad?")
    await bruno.reads(when=is_final)

    await anna.reads(when=lambda read: "could not answer" in read.text)
    await anna.says("Are you there?")
    await anna.reads(when=is_final)
    assert sum("could not answer" in read.text for read in anna.sees()) == 1


async def test_what_is_not_known_is_ignored(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Kinds and shapes of tomorrow come in; nobody is bothered, and I am answered."""
    for update in (
        {"telepathy": {"chat": {"id": anna.id}, "thought": "A burrito."}},
        {"message": "not even an object"},
        {"message": {"chat": {"id": "not a number"}}},
        {"callback_query": {"id": "1"}},
        {"channel_post": None},
        {},
    ):
        telegram.inject(update)

    await anna.says("What is a monad?")

    await anna.reads(when=is_final)
    assert await telegram.settled()
    assert len(anna.sees()) == 2
    assert ondemand.paid == 1


async def test_a_message_with_new_fields_is_answered(
    anna: Person, telegram: TelegramSandbox
) -> None:
    """My app is newer than the bot and says more than it knows; I am answered all the same."""
    await anna.says("Hello.")
    await anna.reads(when=is_final)
    message = telegram.updates()[-1]["message"]
    telegram.inject({"message": {**message, "message_id": 77, "aura": {"colour": "blue"}}})

    await anna.reads(when=is_final)


async def test_what_happened_the_day_before_yesterday_is_left_alone(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """A message of long ago comes once more; nobody waits for an answer, so none is given."""
    await anna.says("Hello.")
    await anna.reads(when=is_final)
    message = telegram.updates()[-1]["message"]
    telegram.inject({"message": {**message, "message_id": 77, "date": message["date"] - 91_000}})
    telegram.inject({"message": {**message, "message_id": 78, "date": message["date"] - 80_000}})

    await anna.reads(when=is_final)
    await anna.says("And now?")
    await anna.reads(when=is_final)

    assert ondemand.paid == 3
