"""What the processes of one bot tell each other, where there are several.

A question goes to all of them, and whoever knows the answer replies. Nobody else does, so a
question about nothing is answered by silence.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self

from bot.storage import JSON

log = logging.getLogger(__name__)

#: Hears what others tell or ask, and replies if it is about something here; `None` is silence.
Ear = Callable[[JSON], JSON]

#: Seconds that a question waits for its answer. Everybody has read it within a few hundredths.
_PATIENCE = 0.5

#: Seconds before listening is tried again.
_PAUSE = 1.0


class Peers:
    """The other processes of the same bot. All of them listen for as long as they are open."""

    def __init__(
        self,
        *,
        send: Callable[[str], Awaitable[None]],
        listening: Callable[[], AbstractAsyncContextManager[AsyncIterator[str]]],
    ) -> None:
        """`send` says something to everybody who is `listening`, ourselves included."""
        self._send = send
        self._listening = listening
        self._me = secrets.token_hex(8)
        self._ears: dict[str, Ear] = {}
        self._asked: dict[str, asyncio.Future[JSON]] = {}
        self._replies: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def on(self, topic: str, ear: Ear) -> None:
        """Hear this topic from now on."""
        self._ears[topic] = ear

    async def tell(self, topic: str, about: JSON) -> None:
        """Let the others know. Who cannot be reached just now never hears of it."""
        await self._say({"topic": topic, "about": about})

    async def ask(self, topic: str, about: JSON) -> JSON:
        """What the first of the others replies; `None` if nobody does."""
        number = secrets.token_hex(8)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            await self._say({"topic": topic, "about": about, "number": number})
            async with asyncio.timeout(_PATIENCE):
                reply: JSON = await answer
                return reply
        except TimeoutError:
            return None
        finally:
            del self._asked[number]

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        tasks = [*self._replies, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _say(self, word: dict[str, JSON]) -> None:
        try:
            await self._send(json.dumps({"from": self._me, **word}))
        except Exception as error:  # The database is away: then nobody hears us, and that is all.
            log.warning("peers not told", extra={"error": type(error).__name__})

    async def _listen(self) -> None:
        while True:
            try:
                async with self._listening() as words:
                    async for word in words:
                        self._hear(json.loads(word))
            except Exception as error:  # It comes back, or the process ends for other reasons.
                log.warning("peers not heard", extra={"error": type(error).__name__})
            await asyncio.sleep(_PAUSE)

    def _hear(self, word: dict[str, Any]) -> None:
        if word["from"] == self._me:
            return
        if "reply" in word:
            asked = self._asked.get(word["number"])
            if asked is not None and not asked.done():
                asked.set_result(word["reply"])
            return
        ear = self._ears.get(word["topic"])
        reply = ear(word["about"]) if ear is not None else None
        if reply is not None and "number" in word:
            saying = asyncio.create_task(self._say({"number": word["number"], "reply": reply}))
            self._replies.add(saying)
            saying.add_done_callback(self._replies.discard)
