"""Which model answers: the operator's choice, or the best one that lives."""

import asyncio

from bot.ondemand import EndpointRefusedError, OnDemandClient, choose


class Models:
    """Knows a model endpoint that can be asked."""

    def __init__(self, client: OnDemandClient, *, fixed: str | None = None) -> None:
        """`fixed` is the operator's choice, which is asked whatever the registry says."""
        self._client = client
        self._fixed = fixed
        self._chosen: str | None = None
        self._choosing = asyncio.Lock()

    async def endpoint(self) -> str:
        """The endpoint to ask. The registry is read once, until `forget`.

        Raises `EndpointRefusedError` when none is active, and `OnDemandError` when the registry
        cannot be read.
        """
        if self._fixed:
            return self._fixed
        async with self._choosing:
            if self._chosen is None:
                best = choose(await self._client.catalog.endpoints())
                if best is None:
                    raise EndpointRefusedError(404, code="no_active_endpoint")
                self._chosen = best.id
            return self._chosen

    def forget(self) -> None:
        """The endpoint was refused: look at the registry again before the next question."""
        self._chosen = None
