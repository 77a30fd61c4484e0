"""Logs: readable by machines and people, and never with a secret in them."""

import asyncio
import base64
import io
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Literal
from urllib.parse import quote, quote_plus

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import log

TOKEN = "1234567890:AAabcdefghijklmnopqrstuvwxyz0123456"
KEY = 'canary"key/with+odd=characters-ü'
PASSWORD = "wörd of'the \"database\\"
SECRETS = (TOKEN, KEY, PASSWORD)

#: How programs write a text, with what they put around it left out.
WAYS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "url": lambda text: quote(text, safe=""),
    "url, small letters": lambda text: re.sub(
        "%..", lambda match: match[0].lower(), quote(text, safe="")
    ),
    "url, slashes kept": quote,
    "url, plus for space": quote_plus,
    "url in a url": lambda text: quote(quote(text, safe=""), safe=""),
    "python": lambda text: repr(text)[1:-1],
    "python bytes": lambda text: repr(text.encode())[2:-1],
    "json": lambda text: json.dumps(text)[1:-1],
    "json in utf-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "json in json": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "python in json": lambda text: json.dumps(repr(text)[1:-1])[1:-1],
    "python bytes in json": lambda text: json.dumps(repr(text.encode())[2:-1])[1:-1],
}

pytestmark = pytest.mark.usefixtures("logging_as_it_was")


@pytest.fixture
def sink() -> io.StringIO:
    """Where the log goes: at DEBUG, as JSON, with two registered secrets."""
    return start("json")


def start(form: Literal["console", "json"], level: str = "DEBUG") -> io.StringIO:
    """Configure logging into a text that a test can read."""
    stream = io.StringIO()
    log.configure(level=level, form=form, redactor=log.Redactor(SECRETS), stream=stream)
    return stream


def leaks(text: str) -> list[str]:
    """Every form of a secret that a careful reader would find in this text."""
    found = []
    for secret in SECRETS:
        forms = {way(secret) for way in WAYS.values()}
        forms |= {base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]}
        found += [form for form in forms if form in text]
    return found


def test_a_line_is_one_json_object_with_its_fields(sink: io.StringIO) -> None:
    """I can search my logs by field."""
    logging.getLogger("bot.delivery").info("turn settled", extra={"lane": 7, "seconds": 0.5})

    line = json.loads(sink.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "turn settled",
        "level": "info",
        "logger": "bot.delivery",
        "lane": 7,
        "seconds": 0.5,
    }


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("secret", SECRETS)
def test_no_way_of_writing_a_secret_reaches_the_log(
    form: Literal["console", "json"], secret: str
) -> None:
    """However a line carries a secret, the log does not."""
    sink = start(form)
    logger = logging.getLogger("any.library")

    logger.debug("plain %s", secret)
    logger.debug("url %s", f"https://api.example.org/bot{secret}/getMe?x={quote(secret)}")
    logger.debug("path", extra={"url": quote(secret, safe=""), "nested": {"deep": [secret]}})
    logger.debug("base64 %s", base64.b64encode(f"user:{secret}".encode()).decode())
    logger.debug("bytes %r and repr %r", secret.encode(), secret)
    logger.debug(secret)

    assert sink.getvalue().count(log.BLACKED_OUT) >= 6
    assert leaks(sink.getvalue()) == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", [*SECRETS, TOKEN.partition(":")[2]])
def test_a_secret_is_blacked_out_however_it_is_written(secret: str, way: str) -> None:
    """Nothing of a secret is left, and nothing around it is lost."""
    text = f"before {WAYS[way](secret)} after"

    assert log.Redactor(SECRETS)(text) == "before [secret] after"


@given(before=st.binary(max_size=7), after=st.binary(max_size=7), urlsafe=st.booleans())
def test_base64_of_anything_around_a_secret_is_blacked_out(
    before: bytes, after: bytes, *, urlsafe: bool
) -> None:
    """Wherever in an encoded text the secret begins, enough of it is hidden to be useless."""
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    text = encode(before + TOKEN.encode() + after).decode()

    shown = log.Redactor([TOKEN])(text)

    assert log.BLACKED_OUT in shown
    assert len(shown.replace(log.BLACKED_OUT, "")) <= len(text) - len(TOKEN)


@pytest.mark.parametrize(
    "text",
    [
        f"https://api.telegram.org/bot{TOKEN}/getMe",
        f"/file/bot{TOKEN.replace(':', '%3A')}/voice/file_1.oga",
        f"?next=%2Fbot{TOKEN.replace(':', '%253a')}",
        f"token={TOKEN};",
        f"x{TOKEN}",
    ],
)
def test_a_token_nobody_registered_is_known_by_its_shape(text: str) -> None:
    """The token of another bot, in a library's message, does not reach the log either."""
    assert TOKEN[-30:] not in log.Redactor()(text)


def test_ordinary_lines_are_left_alone() -> None:
    """Times, ids and words are not taken for secrets."""
    text = "2026-11-22T12:00:00Z chat -1001234567890 took 12:30:45.123456 for 4096 units"

    assert log.Redactor(SECRETS)(text) == text


def test_a_secret_too_short_to_tell_from_text_does_not_hide_the_log() -> None:
    """A password of "bot" does not black out every "bot"."""
    assert log.Redactor(["bot"])("the bot started") == "the bot started"


def test_exceptions_are_blacked_out_with_everything_that_caused_them(sink: io.StringIO) -> None:
    """A secret in an exception, its cause or its notes stays inside."""
    try:
        try:
            raise ValueError(f"cannot reach https://host/bot{TOKEN}/getMe")
        except ValueError as error:
            error.add_note(f"key {KEY}")
            raise RuntimeError("could not ask") from error
    except RuntimeError:
        logging.getLogger("bot").exception("a turn failed")

    line = json.loads(sink.getvalue())
    assert "could not ask" in line["exception"]
    assert leaks(sink.getvalue()) == []


class _Careless:
    """Breaks when it is collected."""

    def __del__(self) -> None:
        raise ValueError(f"key {KEY}")


def test_a_thread_that_ends_itself_is_no_crash(sink: io.StringIO) -> None:
    """A thread that calls sys.exit() raises no alarm."""
    thread = threading.Thread(target=sys.exit)

    thread.start()
    thread.join()

    assert sink.getvalue() == ""


def test_what_nobody_caught_is_logged_and_blacked_out(sink: io.StringIO) -> None:
    """A crash of the program, of a thread or of a clean-up prints no secret."""
    error = ValueError(f"no answer from bot{TOKEN}")

    sys.excepthook(ValueError, error, None)
    thread = threading.Thread(target=int, args=(f"key {KEY}",))
    thread.start()
    thread.join()
    _Careless()  # Collected at once.

    lines = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["uncaught exception"] * 3
    assert leaks(sink.getvalue()) == []


async def test_a_task_that_nobody_awaited_is_logged_and_blacked_out(sink: io.StringIO) -> None:
    """asyncio's own complaints go through the same door."""
    loop = asyncio.get_running_loop()

    loop.call_exception_handler(
        {"message": f"Task with {KEY} was lost", "exception": ValueError(f"bot{TOKEN}")}
    )

    *_, line = sink.getvalue().splitlines()
    assert json.loads(line)["logger"] == "asyncio"
    assert leaks(sink.getvalue()) == []


def test_warnings_are_logged_and_blacked_out(sink: io.StringIO) -> None:
    """A library's warning is a log line like any other."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"deprecated: {KEY}", stacklevel=1)

    assert json.loads(sink.getvalue())["logger"] == "py.warnings"
    assert leaks(sink.getvalue()) == []


def test_libraries_that_log_in_another_way_take_the_same_door(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A retry, which stamina tells by structlog, is a line like any other, and not on stdout."""
    sink = start("json", level="WARNING")
    retries = structlog.get_logger("stamina")

    retries.warning("retry of %s", "a call", args=(KEY,), caused_by=f"no answer from bot{TOKEN}")
    retries.info("never heard")

    line = json.loads(sink.getvalue())
    assert (line["event"], line["level"], line["logger"]) == (
        "retry of a call",
        "warning",
        "stamina",
    )
    assert line["timestamp"].endswith("Z")
    assert leaks(sink.getvalue()) == []
    assert capsys.readouterr().out == ""


def test_a_line_that_cannot_be_written_does_not_print_its_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A broken log call costs one line, and its arguments stay inside."""
    sink = start("json")

    logging.getLogger("bot").info("%d things", f"not a number {TOKEN}")

    everything = sink.getvalue() + capsys.readouterr().err
    assert "could not be written: TypeError" in everything
    assert leaks(everything) == []


@pytest.mark.parametrize("name", log.FLOORS)
def test_libraries_that_tell_too_much_are_never_heard_below_warning(name: str) -> None:
    """LOG_LEVEL=DEBUG does not bring a library's URLs and values into my log."""
    sink = start("json", level="DEBUG")

    logging.getLogger(f"{name}.inner").info("https://host/secret")
    logging.getLogger(name).warning("trouble")

    assert [json.loads(line)["event"] for line in sink.getvalue().splitlines()] == ["trouble"]


class _Forger:
    """Shows itself with a line and a colour of its own."""

    def __repr__(self) -> str:
        return "x\nFAKE line\x1b[31m"


@pytest.mark.parametrize("form", ["console", "json"])
def test_nobody_writes_a_log_line_of_their_own(form: Literal["console", "json"]) -> None:
    """Newlines and terminal colours in a text stay inside its line."""
    sink = start(form)

    logging.getLogger("bot").info(
        "hello\nFAKE line\x1b[31m", extra={"who": "eve\r\nFAKE", "what": [_Forger()]}
    )

    assert len(sink.getvalue().splitlines()) == 1
    assert "\x1b[31m" not in sink.getvalue()


def test_a_console_traceback_shows_no_local_variables() -> None:
    """What a person wrote is not printed because something failed beside it."""
    sink = start("console")
    words = "a very private sentence"

    try:
        _ = len(words) // 0
    except ZeroDivisionError:
        logging.getLogger("bot").exception("failed")

    assert "ZeroDivisionError" in sink.getvalue()
    assert words not in sink.getvalue()


@given(st.text())
def test_blacking_out_never_fails_and_never_shows_a_secret(text: str) -> None:
    """Any text at all can be logged."""
    shown = log.Redactor(SECRETS)(f"{text}{TOKEN}{text}{KEY}{text}")

    assert leaks(shown) == []
