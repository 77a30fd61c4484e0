"""The OnDemand platform, from Python: typed, async, and independent of everything around it.

Everything begins with `OnDemandClient`. What it returns are frozen values, what it raises are
`OnDemandError`s that say what follows from them. It keeps nothing: no session, no file, no word.
"""

from bot.ondemand.agents import AGENT_IDS, DIALECTS, PLUGIN_IDS, Dialect
from bot.ondemand.client import BASE_URL, OnDemandClient
from bot.ondemand.endpoints import PREFERENCES, choose
from bot.ondemand.errors import (
    AgentsRefusedError,
    BusyError,
    ContextTooLongError,
    DisconnectedError,
    DownloadError,
    EndpointRefusedError,
    FailedError,
    GoneError,
    KeyRefusedError,
    MalformedError,
    NotSubscribedError,
    OnDemandError,
    PluginTimedOutError,
    PolicyError,
    Reason,
    RefusedError,
    RouteError,
    ServerError,
    StatusError,
    StreamInterruptedError,
    ThrottledError,
    TimedOutError,
    UnreachableError,
    UnsafeAddressError,
)
from bot.ondemand.events import (
    Clarification,
    Delta,
    Event,
    Finished,
    Source,
    Sources,
    Status,
    Thinking,
)
from bot.ondemand.files import MEDIA_KNOWLEDGE, FileKind, kind_of
from bot.ondemand.limits import Limits
from bot.ondemand.models import Endpoint, Media, Message, Plugin, Session, Usage
from bot.ondemand.query import Query, Tuning, fulfillment_prompt
from bot.ondemand.services import LONGEST_SPEECH, SpeechModel, Voice
from bot.ondemand.stream import AnswerStream

__all__ = [
    "AGENT_IDS",
    "BASE_URL",
    "DIALECTS",
    "LONGEST_SPEECH",
    "MEDIA_KNOWLEDGE",
    "PLUGIN_IDS",
    "PREFERENCES",
    "AgentsRefusedError",
    "AnswerStream",
    "BusyError",
    "Clarification",
    "ContextTooLongError",
    "Delta",
    "Dialect",
    "DisconnectedError",
    "DownloadError",
    "Endpoint",
    "EndpointRefusedError",
    "Event",
    "FailedError",
    "FileKind",
    "Finished",
    "GoneError",
    "KeyRefusedError",
    "Limits",
    "MalformedError",
    "Media",
    "Message",
    "NotSubscribedError",
    "OnDemandClient",
    "OnDemandError",
    "Plugin",
    "PluginTimedOutError",
    "PolicyError",
    "Query",
    "Reason",
    "RefusedError",
    "RouteError",
    "ServerError",
    "Session",
    "Source",
    "Sources",
    "SpeechModel",
    "Status",
    "StatusError",
    "StreamInterruptedError",
    "Thinking",
    "ThrottledError",
    "TimedOutError",
    "Tuning",
    "UnreachableError",
    "UnsafeAddressError",
    "Usage",
    "Voice",
    "choose",
    "fulfillment_prompt",
    "kind_of",
]
