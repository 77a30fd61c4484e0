"""What OnDemand keeps for us, as values.

Each is read once, at the edge, by its `from_json`: unknown fields are ignored, missing ones are
empty, and only a missing id is an error. Words of people, words of the assistant and addresses
(which are signed, expire, and let anybody in) are left out of every `repr`.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Self, TypeVar

from bot.ondemand.agents import suffix
from bot.ondemand.errors import MalformedError
from bot.ondemand.loose import first_text, instant, items, mapping, number, text, texts

Json = Mapping[str, object]


_T = TypeVar("_T")


def readable(entries: object, read: Callable[[Json], _T]) -> list[_T]:
    """The entries of a list that can be read. One bad entry does not spoil the others."""
    found = []
    for entry in items(entries):
        with suppress(MalformedError):
            found.append(read(mapping(entry)))
    return found


def _id(source: Json, *keys: str) -> str:
    found = first_text(source, *keys)
    if not found:
        raise MalformedError("an object came without its id")
    return found


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    seconds: float = 0.0

    @classmethod
    def from_json(cls, source: Json) -> Self:
        """Read `metrics` or `publicMetrics`."""
        return cls(
            int(number(source.get("inputTokens"))),
            int(number(source.get("outputTokens"))),
            int(number(source.get("totalTokens"))),
            number(source.get("totalTimeSec")),
        )


@dataclass(frozen=True, slots=True)
class Session:
    """A chat session. The platform keeps its history; a query sends only what is new."""

    id: str
    external_user_id: str = ""
    #: Without prefixes and without repeats: the platform may list both names of each.
    plugins: tuple[str, ...] = ()
    title: str = field(default="", repr=False)
    #: `draft`, `initiated`, `processing`, `completed`, `failed`, or a word of tomorrow.
    status: str = ""
    is_processing: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    #: Plugins we asked for and the platform would not take, without prefixes.
    dropped: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, source: Json, *, dropped: tuple[str, ...] = ()) -> Self:
        """Read a session. Three places for its id are known. Raises `MalformedError`."""
        source = mapping(source.get("chatSession")) or source
        return cls(
            id=_id(source, "id", "sessionId", "session_id"),
            external_user_id=text(source.get("externalUserId")),
            plugins=_plugins(source),
            title=text(source.get("title")),
            status=text(source.get("status")),
            is_processing=source.get("isProcessing") is True,
            created_at=instant(source.get("createdAt")),
            updated_at=instant(source.get("updatedAt")),
            dropped=dropped,
        )


def _plugins(source: Json) -> tuple[str, ...]:
    named = texts(source.get("agentIds")) + texts(source.get("pluginIds"))
    return tuple(dict.fromkeys(suffix(each) for each in named))


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a session, question and answer together; or one media file of it."""

    id: str
    session_id: str = ""
    #: `text` or `media`. A media entry has neither query nor answer.
    type: str = "text"
    #: `processing`, `completed`, `failed`, or a word of tomorrow.
    status: str = ""
    query: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)
    endpoint_id: str = ""
    usage: Usage | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        """Nothing more will come of it."""
        return self.status in ("completed", "failed") or bool(self.answer and not self.status)

    @classmethod
    def from_json(cls, source: Json) -> Self:
        """Read a message, or the answer of a sync query. Raises `MalformedError`."""
        metrics = mapping(source.get("publicMetrics")) or mapping(source.get("metrics"))
        return cls(
            id=_id(source, "id", "messageId"),
            session_id=text(source.get("sessionId")),
            type=text(source.get("type")) or "text",
            status=text(source.get("status")).lower(),
            query=text(source.get("query")),
            answer=text(source.get("answer")),
            endpoint_id=text(source.get("endpointId")),
            usage=Usage.from_json(metrics) if metrics else None,
            created_at=instant(source.get("createdAt")),
            updated_at=instant(source.get("updatedAt")),
        )


@dataclass(frozen=True, slots=True)
class Media:
    """A file given to OnDemand."""

    id: str
    session_id: str = ""
    external_user_id: str = ""
    name: str = ""
    size: int = 0  # bytes
    #: `document`, `image`, `audio`, `video`, `youtube`; the platform's spelling is not reliable.
    source: str = ""
    mime_type: str = ""
    #: `ready`, `processing` or `failed`; see `from_json`.
    state: Literal["ready", "processing", "failed"] = "processing"
    #: For an upload a signed address that soon expires; never store it, never show it.
    url: str = field(default="", repr=False)
    source_url: str = field(default="", repr=False)
    #: The text of the file, or a description of the picture; perhaps only its beginning.
    extract: str = field(default="", repr=False)
    #: Where the whole text is, for a while.
    extract_url: str = field(default="", repr=False)
    created_at: datetime | None = None

    @classmethod
    def from_json(cls, source: Json) -> Self:
        """Read a file. Raises `MalformedError`.

        Documents carry no `actionStatus` (observed live, 2026-10): without one a file is ready
        as soon as any of its text is there.
        """
        action = text(source.get("actionStatus")).lower()
        extract = first_text(source, "extractedText", "context")
        extract_url = text(source.get("extractedTextUrl"))
        state: Literal["ready", "processing", "failed"] = "processing"
        if action == "failed":
            state = "failed"
        elif action == "completed" or (not action and (extract or extract_url)):
            state = "ready"
        return cls(
            id=_id(source, "id", "_id"),
            session_id=text(source.get("sessionId")),
            external_user_id=text(source.get("externalUserId")),
            name=text(source.get("name")),
            size=int(number(source.get("sizeBytes"))),
            source=text(source.get("source")),
            mime_type=text(source.get("mimeType")),
            state=state,
            url=text(source.get("url")),
            source_url=text(source.get("sourceUrl")),
            extract=extract,
            extract_url=extract_url,
            created_at=instant(source.get("createdAt")),
        )


@dataclass(frozen=True, slots=True)
class Plugin:
    """A tool the assistant may use."""

    #: With its prefix, as the platform gave it.
    id: str
    name: str = ""
    description: str = ""
    category: str = ""
    #: `chat` for tools of a conversation, `file` for readers of media.
    type: str = ""
    is_subscribed: bool = False
    #: Whether it is switched on. Taken for granted where the list does not say.
    is_active: bool = True

    @classmethod
    def from_json(cls, source: Json) -> Self:
        """Read a plugin. Its `id` is a record's; what calls name is `pluginId`."""
        return cls(
            id=_id(source, "pluginId"),
            name=text(source.get("name")),
            description=text(source.get("description")),
            category=text(source.get("category")),
            type=text(source.get("type")),
            is_subscribed=source.get("isSubscribed") is True,
            is_active=mapping(source.get("pluginConfiguration")).get("active") is not False,
        )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model endpoint of the registry."""

    id: str
    name: str = ""
    is_active: bool = False
    #: Whether it streams. Taken for granted where the registry does not say.
    streams: bool = True
    context_length: int = 0  # tokens; 0 where unknown
    reasoning_efforts: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, source: Json) -> Self:
        """Read an entry of the registry. Raises `MalformedError`."""
        return cls(
            id=_id(source, "endpoint_id"),
            name=text(source.get("endpoint_name")),
            is_active=text(source.get("status")).lower() == "active",
            streams=source.get("streaming_supported") is not False,
            context_length=int(number(source.get("context_length"))),
            reasoning_efforts=texts(source.get("reasoning_efforts")),
        )
