"""Every unhappy answer becomes the error that says what follows from it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ondemand import errors
from bot.ondemand.replies import error_for, error_in_stream, retry_after
from bot.ondemand.retries import pause_before_retry

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
BANNED = "<html>error 1010: browser_signature_banned</html>"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, '{"message":"bad","errorCode":"invalid_request"}', errors.RefusedError),
        (400, '{"message":"Unknown error","errorCode":"400"}', errors.RefusedError),
        (400, '{"errorCode":"context_length_exceeded"}', errors.ContextTooLongError),
        (
            400,
            '{"message":"Please subscribe to the service to use it","errorCode":"invalid_request"}',
            errors.NotSubscribedError,
        ),
        (400, '{"message":"endpoint predefined-x is inactive"}', errors.EndpointRefusedError),
        (400, '{"message":"this endpoint takes no plugins"}', errors.RefusedError),
        (400, '{"details":{"invalidAgentIds":["agent-7"]}}', errors.AgentsRefusedError),
        (400, '{"message":"invalid: agent-1722260873"}', errors.AgentsRefusedError),
        (
            401,
            '{"message":"No API key header","errorCode":"unauthenticated"}',
            errors.KeyRefusedError,
        ),
        (401, '{"message":"no","request_id":"7"}', errors.KeyRefusedError),
        (402, "", errors.NotSubscribedError),
        (403, "Unauthorized", errors.KeyRefusedError),
        (403, '{"errorCode":"content_policy_violation"}', errors.PolicyError),
        (403, BANNED, errors.RefusedError),
        (403, "error code: 1010", errors.RefusedError),
        (403, '{"error_code":1010,"error_name":"browser_signature_banned"}', errors.RefusedError),
        (403, "<html>" + " " * 2_000 + "error code: 1010</html>", errors.RefusedError),
        (403, '{"message":"trace 1010"}', errors.KeyRefusedError),
        (404, '{"message":"chat session not found","errorCode":"not_found"}', errors.GoneError),
        (404, '{"message":"no Route matched with those values"}', errors.RouteError),
        (404, '{"error_msg":"404 Route Not Found"}', errors.RouteError),
        (404, "", errors.GoneError),
        (405, "", errors.RefusedError),
        (408, "", errors.ServerError),
        (409, "{}", errors.RefusedError),
        (413, "[]", errors.RefusedError),
        (429, '{"errorCode":"rate_limit_exceeded"}', errors.ThrottledError),
        (500, "", errors.ServerError),
        (500, '{"message":"errors.server_error"}', errors.ServerError),
        (504, '{"errorCode":"plugin_execution_timeout"}', errors.PluginTimedOutError),
        (524, "<html>timeout</html>", errors.ServerError),
        (301, "", errors.StatusError),
        (400, "[" * 100_000, errors.RefusedError),
        (400, '{"message":7,"errorCode":null,"details":[]}', errors.RefusedError),
        (400, '{"error":{"errorCode":"context_length_exceeded"}}', errors.ContextTooLongError),
        (400, '{"error":"agent-1722260873 is not subscribed"}', errors.AgentsRefusedError),
    ],
)
def test_error_for(status: int, body: str, kind: type[errors.StatusError]) -> None:
    """The status decides first, the code second, the text last."""
    error = error_for(status, body)

    assert (type(error), error.status) == (kind, status)


@pytest.mark.parametrize(
    "body",
    [
        '{"details":{"invalidAgentIds":["agent-7","agent-8"]}}',
        '{"details":{"unsubscribedAgentIds":["agent-7"],"inactiveAgentIds":["agent-8"]}}',
        '{"inactiveAgentIds":["agent-7","plugin-8"]}',
        '{"error":{"details":{"invalidAgentIds":["agent-7",null,"agent-8"]}}}',
    ],
    ids=["invalid", "in two lists", "outside of details", "inside of error"],
)
def test_agents_named(body: str) -> None:
    """Whatever list the refused agents are in, we know which they are."""
    error = error_for(400, body)

    assert isinstance(error, errors.AgentsRefusedError)
    assert error.agents == {"7", "8"}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"message":"x","errorCode":"model_error"}', errors.ServerError, 500),
        ('{"errorCode":"rate_limit_exceeded"}', errors.ThrottledError, 429),
        ('{"inactiveAgentIds":["agent-7"]}', errors.AgentsRefusedError, 400),
        ('{"errorCode":"plugin_execution_timeout"}', errors.PluginTimedOutError, 504),
        ("out of luck", errors.ServerError, 500),
        ("", errors.ServerError, 500),
    ],
)
def test_error_in_stream(body: str, kind: type[errors.StatusError], status: int) -> None:
    """A failure inside a stream is the error the same words would be as an answer."""
    error = error_in_stream(body)

    assert (type(error), error.status) == (kind, status)


def test_error_texts_tell_no_tales() -> None:
    """An error's text has status, code and trace id, and nothing anybody wrote."""
    body = '{"message":"Anna asked: where is my money?","errorCode":"server_error"}'

    error = error_for(500, body, trace_id="8f3a-11")

    assert (str(error), repr(error)) == (
        "status 500, code server_error, trace 8f3a-11",
        "ServerError('status 500, code server_error, trace 8f3a-11')",
    )


def test_codes_that_are_none_are_not_repeated() -> None:
    """A code or trace id that could be anything is left out of the text."""
    error = error_for(500, '{"errorCode":"sk-secret key\\n\\u001b[31m"}', trace_id="a b")

    assert str(error) == "status 500"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("999999", 120.0),
        ("9" * 400, None),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2099 12:00:30 GMT", 120.0),
        ("Sun, 99 Nov 2026 12:00:30 GMT", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
    ids=str,
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    """A wait is understood as seconds or as a date, never endless, and garbage is none."""
    assert retry_after(header, now=NOW) == seconds


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} .*"))
def test_any_retry_after(header: str) -> None:
    """Whatever a server asks us to wait, it is a time we can bear, or none."""
    seconds = retry_after(header, now=NOW)

    assert seconds is None or 0 <= seconds <= 120


@given(st.integers(100, 599), st.text())
def test_any_complaint(status: int, body: str) -> None:
    """Whatever a server complains of, it is an error of ours that does not repeat it."""
    error = error_for(status, body, trace_id=body)

    assert error.status == status
    assert len(str(error)) < 200


@pytest.mark.parametrize(
    ("error", "query", "question"),
    [
        (errors.UnreachableError(), True, True),
        (errors.TimedOutError(), False, True),
        (errors.DisconnectedError(), False, True),
        (errors.ServerError(500), False, True),
        (errors.PluginTimedOutError(504), False, True),
        (errors.MalformedError(), False, False),
        (errors.RefusedError(400), False, False),
        (errors.PolicyError(403), False, False),
        (errors.NotSubscribedError(402), False, False),
        (errors.GoneError(404), False, False),
        (errors.StatusError(302), False, False),
        (errors.OutageError(10.0), False, False),
        (errors.KeyHeldBackError(401), False, False),
        (errors.KeyRefusedError(401), 1.2, 1.2),
        (errors.RouteError(404), 0.8, 0.8),
        (errors.ThrottledError(429), True, True),
        (errors.ThrottledError(429, after=5.0), 5.0, 5.0),
        (errors.ThrottledError(429, after=0.0), 0.0, 0.0),
        (errors.ThrottledError(429, after=60.0), False, False),
        (ValueError("a bug"), False, False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_tried_again(error: Exception, query: bool | float, question: bool | float) -> None:
    """A query is repeated only when it certainly left no trace; a plain question more often."""
    pauses = tuple(
        pause_before_retry(error, attempt=2, idempotent=idempotent, longest=20.0)
        for idempotent in (False, True)
    )

    assert pauses == (query, question)
