"""A query at work: it goes on whoever listens, and who comes late hears what they missed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from bot.sandbox.ondemand.dialects import DONE, Frame, metrics
from bot.sandbox.ondemand.records import Message, instant
from bot.sandbox.ondemand.wire import Numbering, dressed

HEARTBEAT = 3.0  # seconds of silence after which a listener gets a heartbeat

Told = tuple[str, str]  # the channel and the data of a frame


class Turn:
    """One query and what has been told of it so far."""

    def __init__(
        self,
        message: Message,
        frames: Sequence[Frame],
        numbering: Numbering,
        now: Callable[[], datetime],
    ) -> None:
        self.message = message
        self._frames = frames
        self._numbering = numbering
        self._now = now
        self._told: list[Told] = []
        self._news = asyncio.Event()
        self._is_over = False

    async def run(self) -> None:
        """Live through the frames, filling the message; at the end the message is settled."""
        try:
            for frame in self._frames:
                await asyncio.sleep(frame.after)
                self._live(frame)
                self._wake()
        finally:
            self._is_over = True
            self._wake()

    def _live(self, frame: Frame) -> None:
        message = self.message
        message.answer += frame.adds
        if frame.fails or frame.raw == DONE:
            message.status = "failed" if frame.fails else "completed"
            message.metrics = metrics(message.answer)
            message.updated = self._now()
        if frame.channel:
            self._told.append((frame.channel, self._dress(frame)))

    def _dress(self, frame: Frame) -> str:
        counts = frame.raw is None and frame.channel != "heartbeat"
        index = self._numbering.number(frame.channel) if counts else 0
        message = self.message
        return dressed(frame, message.session, message.id, index, instant(self._now(), 0))

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def finished(self) -> None:
        """Return when the turn is over."""
        while not self._is_over:
            await self._news.wait()

    async def follow(self) -> AsyncIterator[Told]:
        """Give every frame from the first on, as they come, with heartbeats in the silences."""
        async for told in self._follow(0):
            yield told

    async def resume(self) -> AsyncIterator[Told]:
        """Give the whole answer so far as one frame, then what comes.

        That is how the platform resumes: it was seen to repeat 1270 characters for somebody who had
        said they had 20.
        """
        start = len(self._told)
        if self._is_over:
            # The closing frame, and nothing else that was told, comes again.
            start -= 1
        if self.message.answer:
            frame = Frame("message", "fulfillment", {"answer": self.message.answer})
            yield "message", self._dress(frame)
        async for told in self._follow(start):
            yield told

    async def _follow(self, position: int) -> AsyncIterator[Told]:
        while True:
            while position < len(self._told):
                yield self._told[position]
                position += 1
            if self._is_over:
                return
            try:
                await asyncio.wait_for(self._news.wait(), HEARTBEAT)
            except TimeoutError:
                yield "heartbeat", self._dress(Frame("heartbeat"))
