"""OnDemand refuses, fails, breaks off or is away: what I read then, and what it costs."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.ondemand import Limits
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import HurryingClock, RunningBot, is_final, labels
from tests.dialogues.line import Line, open_line, page, stream
from tests.waiting import until

#: The store is the same on both databases, which other dialogues prove.
pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

#: A short word for an operator, at the end of everything that went wrong.
REFERENCE = re.compile(r" [0-9a-f]{6,}$")

PARTIAL = "The first half of it. The second half of it."


@pytest.fixture
def pace() -> float:
    """Minutes of pauses pass in seconds."""
    return 80.0


@pytest.fixture
def limits() -> Limits:
    """The client waits for seconds where it would wait for minutes."""
    return Limits(connect=1.0, call=2.0, first_byte=1.0, silence=0.8, total=3.0)


@pytest.fixture
async def line(ondemand: OnDemandSandbox) -> AsyncIterator[Line]:
    """The line to OnDemand."""
    async with open_line(ondemand.url) as opened:
        yield opened


@pytest.fixture
def ondemand_url(line: Line) -> str:
    """The bot reaches OnDemand over the line."""
    return line.url


def asked(ondemand: OnDemandSandbox) -> int:
    """How often OnDemand was asked something."""
    return len(ondemand.calls("submit_query"))


def is_apology(read: Read) -> bool:
    """Whether this says what went wrong, what to do, and how to find it; and no more."""
    innards = re.search(r"Error|Exception|Traceback|None|\b[45]\d\d\b|http", read.text)
    return bool(REFERENCE.search(read.text)) and innards is None and len(read.text) < 250


async def apology(anna: Person) -> Read:
    """What Anna reads when her question will not be answered: one message, and nothing else."""
    await anna.sees_eventually(lambda seen: is_apology(seen[-1]) and "kept" not in seen[-1].text)
    _, read = anna.sees()
    return read


@pytest.mark.parametrize(
    ("behaviour", "says", "most_calls"),
    [
        ("context_too_long", "/new", 1),
        ("policy_refusal", "other words", 1),
        ("plugin_timeout", "took too long", 1),
        ("payment_required", "out of service", 1),
        ("invalid_key", "out of service", 3),
        ("edge_ban", "did not take", 1),
    ],
)
async def test_a_refusal_is_told_and_not_tried_again(
    anna: Person, ondemand: OnDemandSandbox, behaviour: str, says: str, most_calls: int
) -> None:
    """What will be refused again is not asked again: I hear what happened and what to do."""
    ondemand.will(behaviour, operation="submit_query")

    await anna.says("What is a monad?")

    read = await apology(anna)
    assert says in read.text
    assert 1 <= asked(ondemand) <= most_calls
    assert ondemand.paid == 0


async def test_a_bad_request_is_told(anna: Person, line: Line, ondemand: OnDemandSandbox) -> None:
    """OnDemand finds something wrong with my question, and I am asked to put it differently."""
    refusal = '{"message": "Invalid request", "errorCode": "invalid_request"}'
    line.will_say(page(refusal, status="400 Bad Request", kind="application/json"), to=b"/query")

    await anna.says("What is a monad?")

    assert "did not take" in (await apology(anna)).text
    assert ondemand.paid == 0


async def test_after_too_much_was_said_a_fresh_conversation_works(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The conversation has become too long; I do what I am told, and am answered."""
    ondemand.will("context_too_long", times=1)
    await anna.says("One question too many.")
    assert "/new" in (await apology(anna)).text

    await anna.says("/new")
    await anna.says("What is a monad?")

    await anna.reads(when=is_final)
    assert ondemand.paid == 1


async def test_a_question_beyond_the_accounts_pace_waits_and_says_so(
    anna: Person, bruno: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """The account may ask once a minute; I am told at once that mine is kept, and then answered."""
    await bot.restart(ONDEMAND_QUERIES_PER_MINUTE="1")
    await anna.says("What is a monad?")
    await anna.reads(when=is_final)

    await bruno.says("What is a burrito?")

    (notice,) = await bruno.reads()
    await bruno.sees_eventually(lambda seen: is_final(seen[-1]))
    assert "mucho trabajo" in notice.text
    assert len(bruno.sees()) == 2
    assert ondemand.paid == 2


@pytest.mark.parametrize("behaviour", ["sporadic_401", "sporadic_403", "no_route"])
async def test_a_moments_confusion_goes_unnoticed(
    anna: Person, ondemand: OnDemandSandbox, behaviour: str
) -> None:
    """OnDemand refuses a good key once, as it was seen to; I simply get my answer."""
    ondemand.will(behaviour, operation="submit_query", times=1)

    await anna.says("What is a monad?")

    await anna.reads(when=is_final)
    assert len(anna.sees()) == 2
    assert ondemand.paid == 1


@pytest.mark.parametrize("pace", [40.0])
async def test_a_question_behind_a_stopped_answer_is_answered(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I stop an answer; OnDemand still works on it and takes no other, but mine is kept."""
    ondemand.assistant.will_say(PARTIAL + " And more." * 2, word_delay=0.1)
    ondemand.assistant.will_say("A burrito.")
    await anna.says("Tell me everything.")
    await anna.reads(when=lambda read: "■ Stop" in labels(read))
    await anna.presses("■ Stop")

    await anna.says("What is a monad?")

    await anna.sees_eventually(lambda seen: seen[-1].text == "A burrito.")
    assert len(anna.sees()) == 4
    assert ondemand.paid == 2


@pytest.mark.parametrize(("times", "retry_after"), [(7, 3), (3, 100), (7, None)])
async def test_when_ondemand_is_asked_too_often_i_am_answered_later(
    anna: Person, ondemand: OnDemandSandbox, times: int, retry_after: int | None
) -> None:
    """OnDemand has too much to do: I am not refused, I am answered when it can."""
    ondemand.will("rate_limited", operation="submit_query", times=times, retry_after=retry_after)
    ondemand.assistant.will_say("A burrito.")

    await anna.says("What is a monad?")

    await anna.sees_eventually(lambda seen: seen[-1].text == "A burrito." and is_final(seen[-1]))
    assert len(anna.sees()) == 2
    assert ondemand.paid == 1


async def test_i_hear_that_my_question_waits_for_its_turn(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Told to wait for long, the bot tells me so once; the answer takes the place of that."""
    ondemand.will("rate_limited", operation="submit_query", times=1, retry_after=100)
    ondemand.assistant.will_say("A burrito.")

    await anna.says("What is a monad?")

    (answer,) = await anna.reads(when=is_final)
    first, *_ = [version.content["text"] for version in telegram.history(answer)]
    assert "a lot to do" in first
    assert "kept" in first
    assert REFERENCE.search(first)
    assert ondemand.paid == 1


async def test_i_hear_that_my_recording_waits_for_its_turn(
    bot: RunningBot, anna: Person, bruno: Person, telegram: TelegramSandbox
) -> None:
    """Others have used up what may be uploaded in a minute: that is what I hear, and no outage."""
    await bot.restart(ONDEMAND_UPLOADS_PER_MINUTE="1")
    await anna.speaks("Is it far?")
    await anna.reads(when=is_final)

    await bruno.speaks("Is it late?")

    (answer,) = await bruno.reads(when=is_final)
    first, *_ = [version.content["text"] for version in telegram.history(answer)]
    assert "mucho trabajo" in first  # Bruno reads Spanish.


@pytest.mark.parametrize(
    ("behaviour", "parameters"),
    [
        ("model_error", {}),
        ("server_error", {"status": 502}),
        ("server_error", {"status": 503, "empty": True}),
        ("edge_error", {"status": 524}),
        ("reset", {}),
    ],
    ids=["model", "502", "503", "edge", "reset"],
)
async def test_a_passing_failure_goes_unnoticed(
    anna: Person, ondemand: OnDemandSandbox, behaviour: str, parameters: dict[str, Any]
) -> None:
    """OnDemand fails once. The bot looks whether it was heard, asks again, and I am answered."""
    ondemand.will(behaviour, operation="submit_query", times=1, **parameters)

    await anna.says("What is a monad?")

    await anna.reads(when=is_final)
    assert len(anna.sees()) == 2
    assert asked(ondemand) == 2
    assert ondemand.paid == 1


async def test_a_lasting_failure_ends_in_one_apology(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """OnDemand fails for minutes: I hear once that my question is kept, then that it was not."""
    ondemand.will("server_error", operation="submit_query")

    await anna.says("What is a monad?")

    read = await apology(anna)
    assert "ask again" in read.text
    assert asked(ondemand) == 5
    assert ondemand.paid == 0


async def test_an_answer_that_was_paid_is_never_paid_again(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """OnDemand took my question and the line broke before the first word: it is found there."""
    ondemand.will("answer_lost", times=1)
    ondemand.assistant.will_say("A burrito.")

    await anna.says("What is a monad?")

    (answer,) = await anna.reads(when=is_final)
    assert answer.text == "A burrito."
    assert ondemand.paid == 1


@pytest.mark.parametrize("pace", [10.0])
async def test_an_outage_is_told_once_and_then_answered(
    anna: Person,
    telegram: TelegramSandbox,
    ondemand: OnDemandSandbox,
    line: Line,
    clock: HurryingClock,
) -> None:
    """OnDemand is away: within some ten seconds I hear that my question is kept; it was."""
    await line.cut()
    ondemand.assistant.will_say("A burrito.")
    asked_at = clock.now()

    await anna.says("What is a monad?")
    (notice,) = await anna.reads()
    heard_after = (telegram.history(notice)[0].at - asked_at).total_seconds()
    await line.mend()

    seen = await anna.sees_eventually(lambda seen: is_final(seen[-1]))
    assert "cannot reach" in notice.text
    assert "kept" in notice.text
    assert REFERENCE.search(notice.text)
    assert heard_after < 20  # Ten, and what the hurry makes of a slow machine.
    assert [(read.id, read.text) for read in seen[1:]] == [(notice.id, "A burrito.")]
    assert ondemand.paid == 1


async def test_an_outage_of_a_whole_day_is_apologised_for_in_place(
    anna: Person,
    telegram: TelegramSandbox,
    ondemand: OnDemandSandbox,
    line: Line,
    clock: HurryingClock,
) -> None:
    """OnDemand stays away: the one message says first that it is kept, a day later that it was."""
    await line.cut()

    await anna.says("What is a monad?")
    await anna.reads()
    clock.leap(timedelta(hours=24))

    read = await apology(anna)
    assert [("kept" in each.content["text"]) for each in telegram.history(read)] == [True, False]
    assert ondemand.calls("submit_query") == []


async def test_tools_of_tomorrow_can_be_chosen_today(anna: Person, line: Line) -> None:
    """Nobody knew of half of what the list says when the bot was written; I find my tool."""
    tools = [
        {"pluginId": "plugin-1750100001", "name": "Weather", "ofTomorrow": {"deep": [1, None]}},
        {"pluginId": "plugin-2", "name": None, "type": 7, "pluginConfiguration": "on"},
        {"name": "Without a number", "pluginId": None},
        None,
        "a tool",
    ]
    told = {"message": "…", "data": {"total": "5", "plugins": tools, "next": {}}, "page": None}
    nothing = {"message": "…", "data": {"plugins": []}}
    for each in (told, nothing):
        kind = "application/json"
        line.will_say(page(json.dumps(each), kind=kind), to=b"/plugin/v1/list")

    await anna.says("/plugins")
    (menu,) = await anna.reads()

    assert labels(menu)[:2] == ["Weather", "plugin-2"]


async def test_an_outage_delays_nothing_else(anna: Person, bruno: Person, line: Line) -> None:
    """While OnDemand is away, /help and everything else that does not need it works."""
    await line.cut()
    await anna.says("What is a monad?")

    await anna.says("/help")
    await bruno.says("/help")

    (help_text,) = await bruno.reads()
    assert "/stop" in help_text.text
    await anna.reads(when=lambda read: "/stop" in read.text)


async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """OnDemand takes the call and falls silent: I hear that it is tried again, and am answered."""
    ondemand.will("hang", operation="submit_query", times=1, seconds=5.0)

    await anna.says("What is a monad?")

    (notice,) = await anna.reads()
    assert "kept" in notice.text
    await anna.sees_eventually(lambda seen: is_final(seen[-1]))
    assert len(anna.sees()) == 2
    assert ondemand.paid == 1


@pytest.mark.parametrize("behaviour", ["stream_cut", "stream_reset"])
async def test_a_cut_answer_is_completed_without_paying_again(
    anna: Person, ondemand: OnDemandSandbox, behaviour: str
) -> None:
    """The answer breaks off in the middle; the rest comes all the same."""
    ondemand.will(behaviour, frames=5, times=1)
    ondemand.assistant.will_say(PARTIAL, word_delay=0.05)

    await anna.says("Tell me.")

    (answer,) = await anna.reads(when=is_final)
    assert answer.text == PARTIAL
    assert len(anna.sees()) == 2
    assert ondemand.paid == 1


async def test_a_cut_answer_that_cannot_be_completed_is_marked(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The answer breaks off and cannot be found: I keep what came, and can ask for it again."""
    ondemand.will("stream_cut", frames=12, times=1)
    ondemand.will("no_route", operation="get_message")
    ondemand.assistant.will_say(PARTIAL)
    ondemand.assistant.will_say("Whole.")

    await anna.says("Tell me.")

    (answer,) = await anna.reads(when=is_final, timeout=20)
    assert answer.text.startswith("The first")
    assert answer.text.endswith("The answer was cut off here.")
    assert ondemand.paid == 1
    ondemand.behave()
    await anna.presses("↻ Again")
    await anna.sees_eventually(lambda seen: seen[-1].text == "Whole." and is_final(seen[-1]))


async def test_an_error_in_the_middle_keeps_what_came(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The assistant fails in the middle of a sentence: I keep the half, marked as such."""
    ondemand.will("error_mid_answer", words=5, times=1)
    ondemand.assistant.will_say(PARTIAL)

    await anna.says("Tell me.")

    (answer,) = await anna.reads(when=is_final)
    assert answer.text == "The first half of it.\n\nThe answer was cut off here."
    assert ondemand.paid == 1


async def test_an_error_before_the_first_word_is_told(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The assistant fails before it has said anything: I am told to ask again."""
    ondemand.will("error_mid_answer", words=0, times=1)

    await anna.says("Tell me.")

    read = await apology(anna)
    assert "ask again" in read.text
    assert ondemand.paid == 1


async def test_an_answer_that_stalls_is_found_again(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The stream falls silent in the middle; the answer is looked up and comes whole."""
    ondemand.assistant.will_say(f"{PARTIAL} End.", first_delay=1.5)

    await anna.says("Tell me.")

    (answer,) = await anna.reads(when=is_final)
    assert answer.text == f"{PARTIAL} End."
    assert ondemand.paid == 1


async def test_an_answer_that_drips_ends(
    anna: Person, ondemand: OnDemandSandbox, line: Line
) -> None:
    """Byte by byte, for ever, is not waited for: the answer is looked up, and comes whole."""
    await anna.says("Warm up.")
    await anna.reads(when=is_final)
    ondemand.assistant.will_say(PARTIAL)
    line.seconds_a_byte = 0.01

    await anna.says("Tell me.")
    await until(lambda: ondemand.calls()[-1].operation != "submit_query" and asked(ondemand) == 2)
    line.seconds_a_byte = 0.0

    (answer,) = await anna.reads(when=is_final)
    assert answer.text == PARTIAL
    assert ondemand.paid == 2


async def test_any_dialect_of_the_stream_is_understood(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """However OnDemand writes it down, I read the same words."""
    for behaviour in (
        "july",
        "october",
        "no_blank_lines",
        "no_event_lines",
        "space_after_colon",
        "sse_comments",
        "data_over_two_lines",
        "split_bytes",
        "heartbeats_around",
        "thinking_as_list",
        "bad_frame",
        "agent_events",
        "no_fulfillment",
    ):
        ondemand.will(behaviour, times=1)
        ondemand.assistant.will_say(f"¿Qué? 🌯 {behaviour}")

        await anna.says("Tell me.")

        (answer,) = await anna.reads(when=is_final)
        assert answer.text == f"¿Qué? 🌯 {behaviour}"


@pytest.mark.parametrize(
    "garbage",
    [
        page("<html><h1>Maintenance</h1></html>"),
        page("{not json", kind="application/json"),
        page("\x00\x01\x02", kind="application/octet-stream"),
        page(""),
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nhalf",
        b"220 smtp.example.org ESMTP\r\n",
        stream([]),
        stream(["data:", "data:null", "data:[]", "event:message", "", "data:[DONE"], ends=False),
    ],
    ids=["page", "json", "binary", "nothing", "half", "smtp", "empty stream", "broken stream"],
)
async def test_garbage_for_an_answer_is_looked_into_and_asked_again(
    anna: Person, ondemand: OnDemandSandbox, line: Line, garbage: bytes
) -> None:
    """Something that is no answer comes back once; I never see it, and am answered."""
    line.will_say(garbage, to=b"/query")

    await anna.says("What is a monad?")

    (answer,) = await anna.reads(when=is_final)
    assert "monad" in answer.text.lower()
    assert len(anna.sees()) == 2
    assert ondemand.paid == 1


async def test_a_forgotten_session_behind_a_failure_is_replaced(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """OnDemand fails and forgets our session over it; my question is answered in a new one."""
    ondemand.will("server_error", operation="submit_query", times=1)
    ondemand.will("stale_session", times=1)

    await anna.says("What is a monad?")

    await anna.reads(when=is_final)
    assert len(ondemand.calls("create_session")) == 2
    assert ondemand.paid == 1
