"""A bot without a library: methods as they are, over HTTP."""

from typing import Any

import httpx


class Client:
    """Calls methods by name and polls for updates."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self._offset = 0

    async def __call__(self, method: str, **parameters: Any) -> Any:
        """Call a method and return its result; a refusal comes back as its envelope."""
        answer = (await self.http.post(method, json=parameters)).json()
        return answer["result"] if answer["ok"] else answer

    async def refused(self, method: str, **parameters: Any) -> str:
        """Call a method that is refused, and return what Telegram said."""
        answer = (await self.http.post(method, json=parameters)).json()
        assert not answer["ok"], answer
        return str(answer["description"])

    async def hears(self, n: int = 1, *, seconds: int = 5, **parameters: Any) -> list[Any]:
        """Poll until there are `n` updates, confirming what came before; fewer if no more come."""
        heard: list[Any] = []
        while len(heard) < n:
            new = await self("getUpdates", offset=self._offset, timeout=seconds, **parameters)
            if not new:
                break
            self._offset = new[-1]["update_id"] + 1
            heard += new
        return heard

    async def confirms(self) -> None:
        """Tell Telegram that everything heard so far has arrived."""
        await self("getUpdates", offset=self._offset, timeout=0)
