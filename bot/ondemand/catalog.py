"""The catalogue: which plugins and which model endpoints there are."""

from collections.abc import AsyncIterator, Collection

from bot.ondemand.agents import PLUGIN_IDS, spelled
from bot.ondemand.errors import MalformedError
from bot.ondemand.http import Wire
from bot.ondemand.loose import mapping
from bot.ondemand.models import Endpoint, Plugin, readable
from bot.ondemand.pages import PAGE_SIZE, Page, by_number


class Catalog:
    """What the account has to choose from."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def plugins(self, ids: Collection[str] = ()) -> AsyncIterator[Plugin]:
        """The plugins the account has subscribed to, or those of these ids.

        An empty list proves nothing: many accounts get one although the built-in plugins work
        (observed live, 2026). (Guide, 2026-09; gone from the reference.)
        """
        wanted = ",".join(spelled(each, PLUGIN_IDS.prefix) for each in ids) or None

        async def fetch(number: int) -> Page[Plugin]:
            params = {"pluginIds": wanted, "page": number, "limit": PAGE_SIZE}
            answer = mapping(await self._wire.call("GET", "/plugin/v1/list", params=params))
            data = answer.get("data")
            # One page may come as a bare list; an empty one without any (observed live, 2026).
            names = ("plugins", "items", "results", "list")
            lists = (mapping(data).get(name) for name in names)
            entries = data if isinstance(data, list) else next(filter(None, lists), None)
            return Page(readable(entries, Plugin.from_json))

        return by_number(fetch)

    async def endpoints(self) -> tuple[Endpoint, ...]:
        """All model endpoints of the registry, active or not.

        Not among the documented operations (observed live, 2026-07 to 2026-10).
        """
        answer = await self._wire.call("GET", "/config/v1/public/endpoints")
        found = mapping(answer)
        for entries in (answer, found.get("endpointsData"), found.get("data")):
            if isinstance(entries, list):
                return tuple(readable(entries, Endpoint.from_json))
        raise MalformedError("a registry without endpoints")
