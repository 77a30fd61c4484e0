"""Which model answers: the operator's choice, or the best one that lives."""

import asyncio
from collections.abc import Sequence

from bot.ondemand import Endpoint, EndpointRefusedError, OnDemandClient, choose


class Models:
    """Knows a model endpoint that can be asked."""

    def __init__(self, client: OnDemandClient, *, fixed: str | None = None) -> None:
        """`fixed` is the operator's choice, which is asked whatever the registry says."""
        self._client = client
        self._fixed = fixed
        self._registry: Sequence[Endpoint] = ()
        self._choosing = asyncio.Lock()

    async def endpoint(self) -> str:
        """The endpoint to ask. The registry is read once, until `forget`.

        Raises `EndpointRefusedError` when none is active, and `OnDemandError` when the registry
        cannot be read.
        """
        if self._fixed:
            return self._fixed
        async with self._choosing:
            best = choose(await self._read())
        if best is None:
            self.forget()
            raise EndpointRefusedError(404, code="no_active_endpoint")
        return best.id

    @property
    def is_fixed(self) -> bool:
        """Whether the operator chose, and nobody else may."""
        return self._fixed is not None

    async def endpoint_for(self, wanted: str | None) -> str:
        """The endpoint that somebody wants, where they may choose; else as `endpoint`."""
        return wanted if wanted and not self._fixed else await self.endpoint()

    @property
    def known(self) -> Sequence[Endpoint]:
        """The registry as it was read last; nothing where it was not read yet."""
        return self._registry

    async def registry(self) -> Sequence[Endpoint]:
        """All endpoints there are now, active or not. Raises `OnDemandError`."""
        async with self._choosing:
            self._registry = await self._client.catalog.endpoints()
            return self._registry

    async def _read(self) -> Sequence[Endpoint]:
        if not self._registry:
            self._registry = await self._client.catalog.endpoints()
        return self._registry

    def forget(self) -> None:
        """The endpoint was refused: look at the registry again before the next question."""
        self._registry = ()
