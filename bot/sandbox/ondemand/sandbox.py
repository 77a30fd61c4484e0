"""The sandbox in Python: a running platform, and the handle to drive it by."""

from contextlib import AsyncExitStack
from typing import Any, Self

from bot.sandbox.ondemand.app import build
from bot.sandbox.ondemand.assistant import Assistant
from bot.sandbox.ondemand.company import Call, Clock, Company, Watch, unwatched, utc_now
from bot.sandbox.ondemand.switchboard import Armed
from bot.sandbox.server import serve


class OnDemandSandbox:
    """The OnDemand platform on loopback, for the length of an `async with` block.

    Any key that is not empty is valid, unless `keys` says which are. `pace` is how fast the
    assistant speaks: 1 as the platform was seen to, 0 at once. With the same `seed` and `clock` the
    same calls get the same answers, ids and times included. `watch` is told of each call when it
    has come, and when it is over.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        pace: float = 1.0,
        keys: tuple[str, ...] = (),
        clock: Clock = utc_now,
        seed: int = 1,
        watch: Watch = unwatched,
    ) -> None:
        self._port = port
        self._company = Company(
            clock=clock, pace=pace, seed=seed, keys=frozenset(keys), watch=watch
        )
        self._stack = AsyncExitStack()
        #: Where the platform answers; known inside the block.
        self.url = ""

    async def __aenter__(self) -> Self:
        # The turns end after the connections: a stream that is open here breaks, as it should.
        self._stack.push_async_callback(self._company.close)
        server = serve(build(self._company), port=self._port)
        self.url = await self._stack.enter_async_context(server)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def assistant(self) -> Assistant:
        """Who answers; `assistant.will_say(…)` puts words into its mouth."""
        return self._company.assistant

    def will(
        self,
        behaviour: str,
        *,
        key: str | None = None,
        operation: str | None = None,
        times: int | None = None,
        **parameters: Any,
    ) -> Armed:
        """Arm a behaviour for the next `times` calls it fits, or until `behave` clears it.

        Raises `ValueError` for a behaviour, an operation or a parameter that does not exist.
        """
        return self._company.switchboard.arm(
            behaviour, key=key, operation=operation, times=times, **parameters
        )

    def behave(self, behaviour: str | None = None) -> None:
        """Disarm one behaviour, or everything."""
        self._company.switchboard.clear(behaviour)

    def calls(self, operation: str | None = None) -> list[Call]:
        """Return the calls so far, of one operation or of all, oldest first."""
        return [call for call in self._company.calls if operation in (None, call.operation)]

    @property
    def paid(self) -> int:
        """How many queries were started, and would have been paid for."""
        return sum(call.message is not None for call in self._company.calls)

    @property
    def characters_spoken(self) -> int:
        """How many characters were made speech, and would have been paid for."""
        return sum(call.characters for call in self._company.calls)

    def media_left(self) -> list[str]:
        """Return the names of the files that are still kept, oldest first."""
        return [media.name for media in self._company.media.values()]
