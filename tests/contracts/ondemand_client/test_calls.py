"""Every call of the client does its work at the platform, and ends as promised when it cannot."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache

import pytest

from bot.ondemand import (
    DisconnectedError,
    FileKind,
    KeyRefusedError,
    Limits,
    Media,
    NotSubscribedError,
    OnDemandClient,
    OnDemandError,
    RefusedError,
    RouteError,
    ServerError,
    Session,
    StatusError,
    ThrottledError,
    TimedOutError,
    UnreachableError,
    choose,
)
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.speech import speak
from tests.contracts.ondemand_client.proof import (
    Parameters,
    connected,
    proves,
    query,
    read,
    told,
)

NOTES = b"The lamp is lit at six."
PAGE = "https://files.example.org/report.pdf"
ANSWER = "That is **42**."


async def _session(client: OnDemandClient, user: str) -> Session:
    return await client.chat.create_session(user)


async def _asked(client: OnDemandClient, user: str) -> tuple[str, str]:
    """A session in which something was asked, and the message."""
    session = await _session(client, user)
    async with client.chat.stream(session.id, query("Say 6 * 7")) as answer:
        assert [event async for event in answer]
    return session.id, answer.message_id or ""


async def _uploaded(client: OnDemandClient, user: str) -> Media:
    return await client.media.upload(
        NOTES, "notes.txt", content_type="text/plain", external_user_id=user
    )


@cache
def sound() -> bytes:
    """Words as an MP3, made once."""
    return speak("Good morning.")


async def create_session(client: OnDemandClient, user: str) -> object:
    """Open a session."""
    return (await _session(client, user)).external_user_id == user


async def list_sessions(client: OnDemandClient, user: str) -> object:
    """List the sessions of one user."""
    await _asked(client, user)
    return [each.title async for each in client.chat.sessions(external_user_id=user)]


async def get_session(client: OnDemandClient, user: str) -> object:
    """Look at a session."""
    return (await client.chat.session((await _session(client, user)).id)).status


async def delete_session(client: OnDemandClient, user: str) -> object:
    """Forget a session."""
    return await client.chat.delete_session((await _session(client, user)).id)


async def ask(client: OnDemandClient, user: str) -> object:
    """Ask, and get the whole answer."""
    return (await client.chat.ask((await _session(client, user)).id, query("Say 6 * 7"))).answer


async def stream(client: OnDemandClient, user: str) -> object:
    """Ask, and read the answer as it grows."""
    return told(await read(client, (await _session(client, user)).id, query("Say 6 * 7")))


async def get_message(client: OnDemandClient, user: str) -> object:
    """Look at a message."""
    message = await client.chat.message(*await _asked(client, user))
    return message.query, message.answer, message.status


async def list_messages(client: OnDemandClient, user: str) -> object:
    """List the messages of a session."""
    session_id, _ = await _asked(client, user)
    return [each.answer async for each in client.chat.messages(session_id)]


async def upload(client: OnDemandClient, user: str) -> object:
    """Give a file."""
    media = await _uploaded(client, user)
    return media.name, media.size, media.state, media.extract


async def create_from_url(client: OnDemandClient, user: str) -> object:
    """Let the platform fetch a file."""
    media = await client.media.create_from_url(PAGE, kind=FileKind.DOCUMENT, external_user_id=user)
    return media.source_url


async def list_media(client: OnDemandClient, user: str) -> object:
    """List the files of one user."""
    await _uploaded(client, user)
    return [each.name async for each in client.media.files(external_user_id=user)]


async def delete_media(client: OnDemandClient, user: str) -> object:
    """Forget a file."""
    await client.media.delete((await _uploaded(client, user)).id)
    return [each async for each in client.media.files(external_user_id=user)]


async def list_plugins(client: OnDemandClient, _user: str) -> object:
    """List one plugin."""
    return [each.name async for each in client.catalog.plugins(["agent-1722260873"])]


async def list_endpoints(client: OnDemandClient, _user: str) -> object:
    """Choose a model."""
    chosen = choose(await client.catalog.endpoints())
    return chosen and chosen.id


async def speech_to_text(client: OnDemandClient, _user: str) -> object:
    """Hear what is said in a file."""
    media = await client.media.upload(sound(), "voice.mp3", content_type="audio/mpeg")
    return await client.services.speech_to_text(media.url)


async def text_to_speech(client: OnDemandClient, _user: str) -> object:
    """Say something aloud."""
    return len(await client.services.text_to_speech("Good morning.")) > 1_000


async def translate(client: OnDemandClient, _user: str) -> object:
    """Say something in another language."""
    return await client.services.translate("Good morning.", "es")


@dataclass(frozen=True)
class Act:
    """One call of the client, with what it needs before, and what comes of it."""

    do: Callable[[OnDemandClient, str], Awaitable[object]]
    result: object
    #: It changes nothing, or the same thing once, so it may be repeated after any failure.
    repeatable: bool = False
    #: How many queries are paid for it, the ones before it included.
    paid: int = 0

    @property
    def name(self) -> str:
        """What a reader calls it."""
        return self.do.__name__

    @property
    def operation(self) -> str:
        """What the sandbox calls it."""
        other_names = {
            "ask": "submit_query",
            "stream": "submit_query",
            "upload": "upload_media",
            "create_from_url": "create_media",
        }
        return other_names.get(self.name, self.name)

    @property
    def asks(self) -> bool:
        """Whether it is a query itself."""
        return self.operation == "submit_query"


ACTS = (
    Act(create_session, True),
    Act(list_sessions, ["Say 6 * 7"], repeatable=True, paid=1),
    Act(get_session, "draft", repeatable=True),
    Act(delete_session, True, repeatable=True),
    Act(ask, ANSWER, paid=1),
    Act(stream, ANSWER, paid=1),
    Act(get_message, ("Say 6 * 7", ANSWER, "completed"), repeatable=True, paid=1),
    Act(list_messages, [ANSWER], repeatable=True, paid=1),
    Act(upload, ("notes.txt", 23, "ready", NOTES.decode())),
    Act(create_from_url, PAGE),
    Act(list_media, ["notes.txt"], repeatable=True),
    Act(delete_media, [], repeatable=True),
    Act(list_plugins, ["Perplexity"], repeatable=True),
    Act(list_endpoints, "predefined-gpt-5.6-sol", repeatable=True),
    Act(speech_to_text, "Good morning."),
    Act(text_to_speech, True),
    Act(translate, "Buenos días."),
)
#: Nobody ever promised that a session can be deleted, so a no is no error.
MAY_SAY_NO = delete_session


@dataclass(frozen=True)
class Outcome:
    """What came of a call, and what the platform saw of it."""

    #: The result, or the class of the error.
    result: object
    #: How often the operation was asked.
    asked: int
    paid: int
    #: What the error says follows from it.
    nothing_happened: bool | None = None
    worth_repeating: bool | None = None
    after: float | None = None


async def outcome(act: Act, client: OnDemandClient, ondemand: OnDemandSandbox) -> Outcome:
    """Do it, and look what came of it."""
    asked_before, paid_before = len(ondemand.calls(act.operation)), ondemand.paid
    follows: tuple[bool | None, bool | None, float | None] = (None, None, None)
    try:
        result = await act.do(client, f"user-{len(ondemand.calls())}")
    except OnDemandError as error:
        result = type(error)
        follows = (error.nothing_happened, error.worth_repeating, error.after)
        # What a log line or an apology may be made of: never what anybody wrote.
        assert "6 * 7" not in repr(error)
        assert bool(getattr(error, "trace_id", "")) is isinstance(error, StatusError)
    asked = len(ondemand.calls(act.operation)) - asked_before
    return Outcome(result, asked, ondemand.paid - paid_before, *follows)


async def test_every_call_does_its_work(client: OnDemandClient, ondemand: OnDemandSandbox) -> None:
    """What I ask the platform for is what I get."""
    outcomes = {act.name: (await outcome(act, client, ondemand)).result for act in ACTS}

    assert outcomes == {act.name: act.result for act in ACTS}


async def test_a_key_that_is_nobodys() -> None:
    """A wrong key is told as one by every call, the services included."""
    async with (
        OnDemandSandbox(pace=0, keys=("another",)) as strict,
        connected(strict.url) as client,
    ):
        found = {(await outcome(act, client, strict)).result for act in ACTS}

    assert found == {KeyRefusedError}


PASSING: list[tuple[str, Parameters]] = [
    ("sporadic_401", {}),
    ("sporadic_403", {}),
    ("no_route", {}),
    ("route_not_found", {}),
    ("rate_limited", {}),
    ("rate_limited", {"retry_after": 2}),
]


@proves(*(behaviour for behaviour, _ in PASSING))
@pytest.mark.parametrize(("behaviour", "parameters"), PASSING)
async def test_a_refusal_in_passing_is_not_noticed(
    behaviour: str, parameters: Parameters, ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """Whatever I ask is asked three times before it fails for nothing, and paid once."""
    outcomes = {}
    for act in ACTS:
        ondemand.behave()
        ondemand.will(behaviour, operation=act.operation, times=2, **parameters)
        outcomes[act.name] = await outcome(act, client, ondemand)

    # A list of one page is turned once more, to see that it ends.
    pages = {"list_media": 4, "list_plugins": 4}
    assert outcomes == {
        act.name: Outcome(act.result, pages.get(act.name, 3), act.paid) for act in ACTS
    }


LASTING: list[tuple[str, Parameters, type[StatusError], int]] = [
    ("edge_ban", {}, RefusedError, 1),
    ("invalid_key", {}, KeyRefusedError, 3),
    ("sporadic_401", {}, KeyRefusedError, 3),
    ("sporadic_403", {}, KeyRefusedError, 3),
    ("no_route", {}, RouteError, 3),
    ("route_not_found", {}, RouteError, 3),
    ("rate_limited", {}, ThrottledError, 3),
    ("rate_limited", {"retry_after": 60}, ThrottledError, 1),
    ("payment_required", {}, NotSubscribedError, 1),
]


@proves(*(row[0] for row in LASTING))
@pytest.mark.parametrize(("behaviour", "parameters", "kind", "asked"), LASTING)
async def test_a_refusal_that_lasts_changes_nothing(
    behaviour: str,
    parameters: Parameters,
    kind: type[StatusError],
    asked: int,
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
) -> None:
    """When the platform refuses I am told why and how long to wait, and nothing happened."""
    outcomes = {}
    for act in ACTS:
        ondemand.behave()
        ondemand.will(behaviour, operation=act.operation, **parameters)
        outcomes[act.name] = await outcome(act, client, ondemand)

    again, after = kind in (RouteError, ThrottledError), parameters.get("retry_after")
    expected = {
        act.name: Outcome(kind, asked, act.paid - act.asks, True, again, after) for act in ACTS
    }
    expected[MAY_SAY_NO.__name__] = Outcome(False, asked, 0)
    assert outcomes == expected


FAILING: list[tuple[str, Parameters, type[OnDemandError]]] = [
    ("server_error", {}, ServerError),
    ("server_error", {"status": 503}, ServerError),
    ("server_error", {"empty": True}, ServerError),
    ("edge_error", {}, ServerError),
    ("edge_error", {"status": 520}, ServerError),
    ("reset", {}, DisconnectedError),
]


@proves(*(row[0] for row in FAILING))
@pytest.mark.parametrize(("behaviour", "parameters", "kind"), FAILING)
async def test_a_failure_that_lasts_leaves_us_uncertain(
    behaviour: str,
    parameters: Parameters,
    kind: type[OnDemandError],
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
) -> None:
    """When the platform fails, only what is safe to repeat is repeated, and I am told to look."""
    outcomes = {}
    for act in ACTS:
        ondemand.behave()
        ondemand.will(behaviour, operation=act.operation, **parameters)
        outcomes[act.name] = await outcome(act, client, ondemand)

    expected = {
        act.name: Outcome(kind, 3 if act.repeatable else 1, act.paid - act.asks, False, True)
        for act in ACTS
    }
    if kind is ServerError:
        expected[MAY_SAY_NO.__name__] = Outcome(False, 3, 0)
    if behaviour == "server_error" or parameters:
        # They said no, and the file is not in the list: it is sent in the other dialect.
        expected["upload"] = Outcome(kind, 2, 0, False, True)
    assert outcomes == expected


@proves("server_error", "edge_error", "reset")
@pytest.mark.parametrize("behaviour", ["server_error", "edge_error", "reset"])
async def test_a_failure_in_passing(
    behaviour: str, ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """What is safe to repeat outlives two failures."""
    repeatable = [act for act in ACTS if act.repeatable]
    outcomes = {}
    for act in repeatable:
        ondemand.behave()
        ondemand.will(behaviour, operation=act.operation, times=2)
        outcomes[act.name] = (await outcome(act, client, ondemand)).result

    assert outcomes == {act.name: act.result for act in repeatable}


@proves("hang")
@pytest.mark.parametrize(
    ("name", "limits", "asked"),
    [
        ("ask", Limits(long_call=0.1), 1),
        ("stream", Limits(first_byte=0.1), 1),
        ("translate", Limits(long_call=0.1), 1),
        ("list_endpoints", Limits(call=0.1), 3),
    ],
)
async def test_a_platform_that_says_nothing(
    name: str, limits: Limits, asked: int, ondemand: OnDemandSandbox
) -> None:
    """Silence ends every call in time; what may be at work is not asked again."""
    (act,) = [act for act in ACTS if act.name == name]
    ondemand.will("hang", operation=act.operation, seconds=0.5)

    async with connected(ondemand.url, limits=limits) as client:
        found = await outcome(act, client, ondemand)

    assert found == Outcome(TimedOutError, asked, 0, False, True)


@proves("slow")
async def test_a_slow_platform(ondemand: OnDemandSandbox, client: OnDemandClient) -> None:
    """Within the limits a slow call is a call like any other."""
    ondemand.will("slow", seconds=0.05)

    outcomes = {act.name: await outcome(act, client, ondemand) for act in ACTS if act.asks}

    assert outcomes == {act.name: Outcome(ANSWER, 1, 1) for act in ACTS if act.asks}


@proves("slow")
@pytest.mark.parametrize(
    ("name", "limits"),
    [("ask", Limits(long_call=0.1)), ("stream", Limits(first_byte=0.1))],
)
async def test_too_slow_a_platform(name: str, limits: Limits, ondemand: OnDemandSandbox) -> None:
    """A query given up too early is paid once, and its answer is found among the messages."""
    (act,) = [act for act in ACTS if act.name == name]
    ondemand.will("slow", operation="submit_query", seconds=0.3)

    async with connected(ondemand.url, limits=limits) as client, asyncio.timeout(30):
        found = await outcome(act, client, ondemand)
        (session_id,) = {call.path.split("/")[4] for call in ondemand.calls("submit_query")}
        answers: list[str] = []
        while not answers:
            messages = client.chat.messages(session_id)
            answers = [each.answer async for each in messages if each.is_final]

    assert found == Outcome(TimedOutError, 1, 0, False, True)
    assert (answers, ondemand.paid) == ([ANSWER], 1)


async def test_nobody_there() -> None:
    """Where nobody listens nothing happened, and I may try again."""
    async with OnDemandSandbox() as gone:
        url = gone.url
    async with connected(url) as client:
        with pytest.raises(OnDemandError) as caught:
            await client.catalog.endpoints()

    assert type(caught.value) is UnreachableError
    assert (caught.value.nothing_happened, caught.value.worth_repeating) == (True, True)
