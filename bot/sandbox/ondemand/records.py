"""What the platform remembers, and the JSON it shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.ondemand.catalog import agent_ids, plugin_ids

#: The company every key of the sandbox belongs to, and the person who made the keys.
COMPANY, OWNER = "6aca00000000000000000c01", "6aca00000000000000000a01"


def instant(moment: datetime, digits: int) -> str:
    """Return a moment with 0, 3 or 9 digits of a second: the platform mixes them."""
    whole = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{f'{moment.microsecond:06}000'[:digits]}Z" if digits else f"{whole}Z"


@dataclass(slots=True)
class Media:
    """A file given to the platform."""

    id: str
    name: str
    #: `document`, `image`, `audio`, `youtube` or `video`.
    source: str
    mime_type: str
    size: int
    text: str
    created: datetime
    #: Where the file came from; for an upload, where the platform keeps it.
    url: str = ""
    stored_as: str | None = None
    text_stored_as: str | None = None
    session: str = ""
    external_user: str = ""
    tools: tuple[str, ...] = ()
    mode: str = "sync"
    #: How many listings still call it processing, and what comes after.
    waits: int = 0
    fails: bool = False
    #: Whether the platform says so: it does not for documents.
    tells_status: bool = False

    @property
    def status(self) -> str:
        """`processing`, `completed` or `failed`."""
        return "processing" if self.waits else "failed" if self.fails else "completed"

    @property
    def extension(self) -> str:
        """The ending of the name; Markdown is text to the platform."""
        ending = self.name.rpartition(".")[2] if "." in self.name else ""
        return "txt" if ending == "md" else ending

    def to_json(self, url: str, text_url: str | None) -> dict[str, Any]:
        """Return the record with freshly signed addresses; its text only when it is ready."""
        stamp = instant(self.created, 3)
        shown: dict[str, Any] = {
            "id": self.id,
            "companyId": COMPANY,
            "sessionId": self.session,
            "url": url,
            "sourceUrl": url,
            "name": self.name,
            "sizeBytes": self.size,
            "source": self.source,
            "mimeType": self.mime_type,
            "extension": self.extension,
            "plugins": plugin_ids(self.tools),
            "agents": agent_ids(self.tools),
            "searchLevel": "deep" if self.source == "image" else "shallow",
            "responseMode": self.mode,
            "createdBy": OWNER,
            "externalUserId": self.external_user,
            "createdAt": stamp,
            "updatedAt": stamp,
        }
        if self.tells_status:
            shown["actionStatus"] = self.status
        if self.status == "failed":
            shown["failedReason"] = "The file could not be processed"
        if self.status == "completed":
            shown |= {"context": self.text, "extractedText": self.text}
            if text_url:
                shown |= {
                    "extractedTextUrl": text_url,
                    "extractedTextLength": len(self.text.split()),
                }
        return shown

    def to_turn_json(self, url: str) -> dict[str, Any]:
        """Return it as an entry among the messages of its session."""
        stamp = instant(self.created, 3)
        return {
            "id": self.id,
            "sessionId": self.session,
            "companyId": COMPANY,
            "externalUserId": self.external_user,
            "status": self.status,
            "type": "media",
            "media": {
                "id": self.id,
                "name": self.name,
                "source": self.source,
                "url": url,
                "context": self.text,
            },
            "createdBy": OWNER,
            "createdAt": stamp,
            "updatedAt": stamp,
        }


@dataclass(slots=True)
class Message:
    """One turn: a question and its answer."""

    id: str
    session: str
    external_user: str
    #: What the client asked for, as it came.
    request: Mapping[str, Any]
    tools: tuple[str, ...]
    created: datetime
    updated: datetime
    answer: str = ""
    status: str = "processing"
    metrics: Mapping[str, float] | None = None

    @property
    def query(self) -> str:
        """The question."""
        return str(self.request["query"])

    def to_json(self) -> dict[str, Any]:
        """Return the message object; both lists of its tools say `agent-…`."""
        return {
            "id": self.id,
            "sessionId": self.session,
            "companyId": COMPANY,
            "externalUserId": self.external_user,
            "agentIds": agent_ids(self.tools),
            "pluginIds": agent_ids(self.tools),
            "responseMode": self.request["responseMode"],
            "reasoningMode": self.request.get("reasoningMode") or "",
            "reasoningEffort": self.request.get("reasoningEffort") or "",
            "endpointId": self.request["endpointId"],
            "modelConfigs": self.request.get("modelConfigs"),
            "chatMode": "standard",
            "useMemory": False,
            "status": self.status,
            "type": "text",
            "media": None,
            "query": self.query,
            "answer": self.answer,
            "publicMetrics": self.metrics,
            "ragVersion": "v1",
            "createdBy": OWNER,
            "createdAt": instant(self.created, 3),
            "updatedAt": instant(self.updated, 3),
        }


@dataclass(slots=True)
class Session:
    """A conversation the platform remembers: turns and files in the order they came."""

    id: str
    external_user: str
    tools: tuple[str, ...]
    context: list[Mapping[str, str]]
    created: datetime
    updated: datetime
    title: str = ""
    entries: list[Message | Media] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        """The turns, oldest first."""
        return [entry for entry in self.entries if isinstance(entry, Message)]

    @property
    def files(self) -> list[Media]:
        """The files, oldest first."""
        return [entry for entry in self.entries if isinstance(entry, Media)]

    @property
    def is_processing(self) -> bool:
        """Whether a query is running."""
        return any(message.status == "processing" for message in self.messages)

    @property
    def status(self) -> str:
        """`draft` before the first query, then what became of the last."""
        return self.messages[-1].status if self.messages else "draft"

    def to_json(self, *, short: bool = False) -> dict[str, Any]:
        """Return the session object of today, or the `short` one of 2025."""
        old = {
            "id": self.id,
            "companyId": COMPANY,
            "externalUserId": self.external_user,
            "pluginIds": plugin_ids(self.tools),
            "createdBy": OWNER,
            "createdAt": instant(self.created, 9),
            "updatedAt": instant(self.updated, 9),
        }
        if short:
            return old
        off = {"enabled": False}
        return old | {
            "agentIds": agent_ids(self.tools),
            "contextMetadata": self.context,
            "title": self.title,
            "status": self.status,
            "liveSettings": {
                **off,
                "mode": "on-events",
                "groundRules": "",
                "destinations": {"email": off, "slack": off},
            },
            "isProcessing": self.is_processing,
        }
