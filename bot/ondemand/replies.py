"""From an unhappy answer to the error that says what follows from it.

The documented form is flat, `{"message": …, "errorCode": …}`; seen besides it are `error_msg`,
an `error` object, `details` with lists of agents, plain text, HTML and nothing at all. The status
decides first, the code second, the text last.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

from bot.ondemand import errors
from bot.ondemand.agents import suffix
from bot.ondemand.loose import first_text, mapping, parse, text, texts

#: Nobody is told to wait longer than this, whatever `Retry-After` says. Seconds.
LONGEST_WAIT = 120.0

_AGENT = re.compile(r"\b(?:agent|plugin)-(?:\d{6,}|[0-9a-f]{24})\b")
_AGENT_LISTS = ("invalidAgentIds", "unsubscribedAgentIds", "inactiveAgentIds")
_UNPAID = ("subscribe to the service", "not enough credit", "insufficient credit", "quota")
_BANNED = "browser_signature_banned"

#: Codes arrive without a status when a stream reports a failure (documented, 2025-01).
_STATUS_OF_CODE = {
    "invalid_request": 400,
    "context_length_exceeded": 400,
    "unauthenticated": 401,
    "unauthorized": 403,
    "content_policy_violation": 403,
    "not_found": 404,
    "rate_limit_exceeded": 429,
    "bad_gateway": 502,
    "resource_unavailable": 503,
    "plugin_execution_timeout": 504,
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an unhappy answer says, as far as it can be read."""

    code: str
    words: str
    #: The ids of agents it names, without prefixes.
    agents: frozenset[str]

    @classmethod
    def read(cls, body: str) -> Self:
        """Read any body whatever. Never raises."""
        try:
            whole = mapping(parse(body))
        except ValueError:
            whole = {}
        inner = mapping(whole.get("error")) or whole
        words = first_text(inner, "message", "error_msg") or text(whole.get("error"))
        named = _named_agents(whole) | _named_agents(inner)
        words = words or body
        named |= {suffix(each) for each in _AGENT.findall(words)}
        code = first_text(inner, "errorCode", "code", "error_name")
        return cls(code=code, words=words.lower(), agents=frozenset(named))


def _named_agents(source: Mapping[str, object]) -> set[str]:
    places = (source, mapping(source.get("details")))
    return {
        suffix(each) for place in places for key in _AGENT_LISTS for each in texts(place.get(key))
    }


def error_for(
    status: int, body: str, *, trace_id: str = "", after: float | None = None
) -> errors.StatusError:
    """The error for an answer with this status and body."""
    complaint = Complaint.read(body)
    code, trace_id = _printable(complaint.code), _printable(trace_id)
    if status == 400 and complaint.agents and code != "context_length_exceeded":
        return errors.AgentsRefusedError(
            status, agents=complaint.agents, code=code, trace_id=trace_id
        )
    kind = _kind(status, complaint)
    return kind(status, code=code, trace_id=trace_id, after=after)


def error_in_stream(body: str) -> errors.StatusError:
    """The error for a failure reported inside a stream, where there is no status.

    The code stands for the status; without one it counts as a 400 when agents are named, and
    as a 500 otherwise.
    """
    complaint = Complaint.read(body)
    status = _STATUS_OF_CODE.get(complaint.code, 400 if complaint.agents else 500)
    return error_for(status, body)


def _kind(status: int, complaint: Complaint) -> type[errors.StatusError]:
    """The class for a status and a complaint: the table of this house."""
    code, words = complaint.code, complaint.words
    match status:
        case 400 if code == "context_length_exceeded":
            return errors.ContextTooLongError
        case 400 | 403 if any(sign in words for sign in _UNPAID):
            return errors.NotSubscribedError
        case 400 if "endpoint" in words and not ("agent" in words or "plugin" in words):
            return errors.EndpointRefusedError
        case 402:
            return errors.NotSubscribedError
        case 403 if code == "content_policy_violation":
            return errors.PolicyError
        case 403 if code == _BANNED or _BANNED in words or "error code: 1010" in words:
            # Cloudflare dislikes our User-Agent (observed live, 2026-10): no retry helps.
            return errors.RefusedError
        case 401 | 403:
            return errors.KeyRefusedError
        case 404 if "route" in words:
            return errors.RouteError
        case 404:
            return errors.GoneError
        case 429:
            return errors.ThrottledError
        case 504 if code == "plugin_execution_timeout":
            return errors.PluginTimedOutError
        case 408 | 425:
            return errors.ServerError
    if 400 <= status < 500:
        return errors.RefusedError
    return errors.ServerError if status >= 500 else errors.StatusError


def _printable(value: str) -> str:
    """A code or trace id fit for a log line; nothing at all if it could be anything else."""
    return value if re.fullmatch(r"[\w.:-]{1,64}", value, re.ASCII) else ""


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """The seconds a `Retry-After` asks for: a number, an HTTP date, or garbage (None).

    Never negative, never more than `LONGEST_WAIT`.
    """
    if not value:
        return None
    if re.fullmatch(r"\s*\d{1,9}(\.\d{1,9})?\s*", value, re.ASCII):
        return min(float(value), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), LONGEST_WAIT)
