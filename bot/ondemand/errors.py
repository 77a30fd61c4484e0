"""What can go wrong between us and OnDemand.

OnDemandError
├─ UnreachableError         never reached them
│  └─ OutageError           did not even try: they were away a moment ago; has `after`
├─ BusyError                an earlier query of the session has not ended; nothing was asked
├─ TimedOutError            reached, no word in time: uncertain
├─ DisconnectedError        reached, and the line broke before the answer was whole: uncertain
├─ MalformedError           they answered, we do not understand: uncertain
├─ StatusError              they said no, or sent us elsewhere; has status, code, trace id
│  ├─ RefusedError          4xx: asking the same again is useless
│  │  ├─ AgentsRefusedError    400: names agents they will not run
│  │  ├─ EndpointRefusedError  400: the model endpoint is not to be had
│  │  ├─ ContextTooLongError   400: more words than the model can hold
│  │  ├─ NotSubscribedError    400, 402: the account lacks the service or the credit
│  │  └─ PolicyError           403: the model refuses the subject
│  ├─ KeyRefusedError       401, 403: the key, or a moment's confusion at their gate
│  │  └─ KeyHeldBackError      did not even try: they refused it again and again a moment ago
│  ├─ GoneError             404: the session, the message or the file is no longer there
│  ├─ RouteError            404: their gate knew no such road; nobody behind it heard us
│  ├─ ThrottledError        429: has `after`, seconds
│  └─ ServerError           5xx: uncertain
│     └─ PluginTimedOutError   504: a plugin took longer than they allow
├─ StreamInterruptedError   has the text so far, the message id, and the reason
├─ FailedError              they worked on the answer and gave up
└─ DownloadError            a result could not be fetched from the address they gave
   └─ UnsafeAddressError    and must not be: the address is not a public one

Every error says what follows from it: `nothing_happened` (we are certain that the call left no
trace), `worth_repeating` (the same call may succeed later) and `after` (how long to wait first).

No error text holds a key, an address, or anything people or the assistant wrote: texts are made
here, from the status, the code and the trace id alone. What was said stays in attributes.
"""

from collections.abc import Collection
from typing import ClassVar, Literal

#: Why a stream ended early: the line broke, or ended without an end mark; they reported a
#: failure; nothing came for too long; it took too long; a line or the answer grew too large.
Reason = Literal["cut", "error", "silence", "overtime", "oversize"]


class OnDemandError(Exception):
    """Anything that can go wrong here. Catch it to catch all of them."""

    #: Certain that the call changed nothing and cost nothing. Where this is False, look before
    #: repeating anything that is not a plain question.
    nothing_happened: ClassVar[bool] = False
    #: The same call may succeed later.
    worth_repeating: ClassVar[bool] = False
    #: Seconds to wait before repeating; None where nobody said.
    after: float | None = None


class UnreachableError(OnDemandError):
    """No connection came about: refused, unknown host, no free line, or too slow to open."""

    nothing_happened = True
    worth_repeating = True


class OutageError(UnreachableError):
    """They were away a moment ago, so nothing was asked. `after` holds the seconds to wait."""

    def __init__(self, after: float) -> None:
        self.after = after
        super().__init__(f"away; not asked for another {after:.0f} s")


class BusyError(OnDemandError):
    """An earlier query of this session has not ended, here or there. Nothing was asked."""

    nothing_happened = True
    worth_repeating = True


class TimedOutError(OnDemandError):
    """They were reached and gave no word in time. The call may still be at work."""

    worth_repeating = True


class DisconnectedError(OnDemandError):
    """The line broke after we had spoken. The call may still be at work."""

    worth_repeating = True


class MalformedError(OnDemandError):
    """They answered, and we do not understand: no JSON, another shape, or far too much."""


class StatusError(OnDemandError):
    """They answered with a status that is not success.

    Raised as itself for what is neither 4xx nor 5xx, such as a redirect: redirects are never
    followed, because the key would travel with us.
    """

    def __init__(
        self, status: int, *, code: str = "", trace_id: str = "", after: float | None = None
    ) -> None:
        self.status = status
        #: Their `errorCode`: a snake_case word, sometimes a number, often empty.
        self.code = code
        #: Their `X-Trace-ID`, which the vendor's support asks for.
        self.trace_id = trace_id
        self.after = after
        super().__init__(
            f"status {status}"
            + (f", code {code}" if code else "")
            + (f", trace {trace_id}" if trace_id else "")
        )


class RefusedError(StatusError):
    """They refuse this call as it stands (4xx). Asking the same again is useless."""

    nothing_happened = True


class AgentsRefusedError(RefusedError):
    """They refuse some of the agents. `agents` holds the ids they named, without prefixes."""

    def __init__(
        self, status: int, *, agents: Collection[str], code: str = "", trace_id: str = ""
    ) -> None:
        super().__init__(status, code=code, trace_id=trace_id)
        self.agents = frozenset(agents)


class EndpointRefusedError(RefusedError):
    """The model endpoint is inactive or unknown: choose another from the registry."""


class ContextTooLongError(RefusedError):
    """The session and the query together are more than the model can hold."""


class NotSubscribedError(RefusedError):
    """The account has not subscribed to the service, or has no credit left."""


class PolicyError(RefusedError):
    """The model's content policy refuses the subject. Another model may not."""


class KeyRefusedError(StatusError):
    """The key was refused. Seen with good keys too, so two short retries come before this."""

    nothing_happened = True


class KeyHeldBackError(KeyRefusedError):
    """The key was refused again and again a moment ago, so nothing was asked.

    The status is that of the last refusal.
    """


class GoneError(StatusError):
    """What was asked for is not there: deleted, expired, or never was."""

    nothing_happened = True


class RouteError(StatusError):
    """Their gate found no road for the call. Comes and goes with addresses that exist."""

    nothing_happened = True
    worth_repeating = True


class ThrottledError(StatusError):
    """Too many calls. `after` holds the seconds to wait, where they said."""

    nothing_happened = True
    worth_repeating = True


class ServerError(StatusError):
    """They failed (5xx, 408, 425). Work may have been done, or may still be going on."""

    worth_repeating = True


class PluginTimedOutError(ServerError):
    """A plugin took longer than the platform allows (2.5 minutes, documented)."""


class StreamInterruptedError(OnDemandError):
    """A streamed answer ended before its end.

    The platform usually finishes the answer by itself: look it up with `recover()` by the
    message id; never ask again while that may still succeed.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        text: str,
        message_id: str | None,
        refusal: StatusError | None = None,
    ) -> None:
        self.reason: Reason = reason
        #: The answer as far as it came.
        self.text = text
        self.message_id = message_id
        #: What they reported, where they did: the error the same words would be as a status.
        self.refusal = refusal
        super().__init__(
            f"{reason} after {len(text)} characters of message {message_id or 'unknown'}"
            + (f": {refusal}" if refusal else "")
        )


class FailedError(OnDemandError):
    """They worked on the answer and gave up. No answer will come of this message."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        super().__init__(f"message {message_id} failed")


class DownloadError(OnDemandError):
    """A result could not be fetched: refused, too large, too slow, or not what it should be."""


class UnsafeAddressError(DownloadError):
    """The address of a result leads somewhere we never go. Nothing was sent there."""

    nothing_happened = True
