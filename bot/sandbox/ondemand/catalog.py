"""What the account can use: plugins and models, invented but for the ids everybody shares."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Plugin:
    """A tool of the assistant. Its number is the same in `plugin-…` and in `agent-…`."""

    number: str
    name: str
    description: str
    category: str = "productivity"
    #: What kind of file it reads: `document`, `image`, `audio`, `youtube`, `video`; empty for none.
    reads: str = ""
    #: Whether it finds things whose sources can be told.
    searches: bool = False
    subscribed: bool = True
    active: bool = True


PLUGINS = (
    Plugin("1712327325", "GPT Chat", "Everyday conversation", "chat"),
    Plugin("1713962163", "Media Knowledge", "Answers from the files of a session", "media"),
    Plugin("1713924030", "Internet", "Searches the web", "search", searches=True),
    Plugin("1722260873", "Perplexity", "Web search with sources", "search", searches=True),
    Plugin("1713954536", "Document Reader", "Reads documents", "media", reads="document"),
    Plugin("1713958591", "Image Reader", "Describes pictures", "media", reads="image"),
    Plugin("1713958830", "Audio Reader", "Writes down speech", "media", reads="audio"),
    Plugin("1713961903", "YouTube Reader", "Reads YouTube videos", "media", reads="youtube"),
    Plugin("1713967141", "Video Reader", "Reads videos", "media", reads="video"),
    Plugin("1716472791", "Knowledge Ingest", "Keeps files as knowledge", "media"),
    Plugin("1743257072", "File Directory Search", "Finds files", "media", searches=True),
    Plugin("1750100001", "Weather", "Weather of today and tomorrow", "information"),
    Plugin("1750100002", "Encyclopedia", "Looks things up", "information", searches=True),
    Plugin("1750100003", "News", "Headlines of the day", "information", searches=True),
    Plugin("1750100004", "Stock Prices", "Quotes and charts", "finance"),
    Plugin("1750100005", "Currency", "Converts money", "finance"),
    Plugin("1750100006", "Science Papers", "Finds papers", "research", searches=True),
    Plugin("1750100007", "Maps", "Places and routes", "travel"),
    Plugin("1750100008", "Flights", "Timetables and fares", "travel"),
    Plugin("1750100009", "Hotels", "Rooms and prices", "travel"),
    Plugin("1750100010", "Recipes", "What to cook", "leisure"),
    Plugin("1750100011", "Films", "What to watch", "leisure"),
    Plugin("1750100012", "Calendar", "Appointments"),
    Plugin("1750100013", "Mail", "Reads and writes mail"),
    Plugin("1750100014", "Tickets", "Issues of a project"),
    Plugin("1750100015", "Code Runner", "Runs short programs", "development"),
    Plugin("1741770626", "Market Research", "Not subscribed", "research", subscribed=False),
    Plugin("1775547203", "Terminal", "Switched off", "development", active=False),
)
_BY_NUMBER = {plugin.number: plugin for plugin in PLUGINS}


def find_plugin(number: str) -> Plugin | None:
    """Return the plugin with this number."""
    return _BY_NUMBER.get(number)


def number_of(plugin_id: str) -> str:
    """Return what `plugin-…` and `agent-…` have in common; an id of another form is its own."""
    return plugin_id.removeprefix("plugin-").removeprefix("agent-")


def plugin_ids(numbers: Iterable[str]) -> list[str]:
    """Return the ids as `plugin-…`."""
    return [f"plugin-{number}" for number in numbers]


def agent_ids(numbers: Iterable[str]) -> list[str]:
    """Return the ids as `agent-…`."""
    return [f"agent-{number}" for number in numbers]


def plugin_to_json(plugin: Plugin, company: str, record: str) -> dict[str, Any]:
    """Return an entry of the list; its `id` is a record's, its `pluginId` is the one to use."""
    return {
        "id": record,
        "pluginId": f"plugin-{plugin.number}",
        "name": plugin.name,
        "identifier": "rest_api",
        "description": plugin.description,
        "category": plugin.category,
        "conversationStarters": [],
        "logoUrl": "",
        "type": "file" if plugin.reads else "chat",
        "source": "external",
        "status": "public",
        "companyId": company,
        "fileSubType": "PRIMARYINGEST" if plugin.reads else "",
        "chatSubType": "" if plugin.reads else "PRIMARYCHAT",
        "privacyPolicy": "",
        "isSubscribed": plugin.subscribed,
        "pluginConfiguration": {"active": plugin.active},
        "createdAt": "2026-01-02T03:04:05Z",
        "updatedAt": "2026-01-02T03:04:05Z",
    }


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model that can fulfil a query."""

    name: str
    active: bool = True
    context: int = 400_000  # tokens
    efforts: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What a query calls it."""
        return f"predefined-{self.name}"

    def to_json(self) -> dict[str, Any]:
        """Return an entry of the registry."""
        return {
            "endpoint_id": self.id,
            "endpoint_name": self.name,
            "endpoint_type": "predefined",
            "endpoint_url": "",
            "model_id": self.name,
            "status": "active" if self.active else "inactive",
            "is_premium": False,
            "reasoning_efforts": list(self.efforts) or None,
            "context_length": self.context,
            "streaming_supported": True,
            "fallback_endpoint_id": "predefined-deepseek-flash" if not self.active else None,
        }


_EFFORTS = ("low", "medium", "max")
ENDPOINTS = (
    Endpoint("gpt-6-astra", efforts=_EFFORTS),
    Endpoint("gpt-5.6-luna", efforts=_EFFORTS),
    Endpoint("gpt-5.6-sol", efforts=_EFFORTS),
    Endpoint("gpt-5.6-terra", efforts=_EFFORTS),
    Endpoint("claude-opus-5.5", context=1_000_000),
    Endpoint("claude-sonnet-5.5", context=1_000_000),
    Endpoint("claude-4-5-haiku", context=200_000),
    Endpoint("gemini-3.8-flash", context=1_000_000),
    Endpoint("deepseek-v4-pro", context=128_000),
    Endpoint("deepseek-flash", context=128_000),
    Endpoint("kimi-k3", context=256_000),
    Endpoint("qwen-3.8-max", context=256_000),
    Endpoint("openai-gpt4o", active=False, context=128_000),
    Endpoint("openai-gpt4.1", active=False, context=1_000_000),
    Endpoint("gemini-1.5-pro", active=False, context=1_000_000),
)
_BY_ID = {endpoint.id: endpoint for endpoint in ENDPOINTS}


def find_endpoint(endpoint_id: str) -> Endpoint | None:
    """Return the endpoint with this id."""
    return _BY_ID.get(endpoint_id)
