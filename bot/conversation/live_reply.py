"""A reply that grows while the answer comes in.

When to show is decided by rules without a clock of their own; what to show is decided once, by
`_show`, for the first glimpse and the final text alike. The next change waits for the last one, so
nothing overtakes, and the final text is always shown, whatever became of the glimpses before.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.clock import Clock
from bot.conversation.surface import (
    Action,
    Address,
    BarredError,
    Keyboard,
    LostError,
    MovedError,
    Part,
    Ref,
    RefusedError,
    SurfaceError,
    TextSurface,
    ThrottledError,
    UncertainError,
    UnseenError,
)
from bot.waiting import unless_set

log = logging.getLogger(__name__)

#: Seconds after which people no longer see what we said we were doing.
ACTION_LASTS = 4.0

#: Seconds until it is tried again to show what could not be shown.
_ACTION_PAUSE = 1.0

#: Seconds after which a draft is shown again where nothing new came: it lasts for thirty.
_DRAFT_LASTS = 20.0

#: How often a message is posted when no word comes back of it. The first may stand there all the
#: same, so a third would be one too many.
MOST_COPIES = 2
#: Seconds that the last such sign gets to arrive.
_LAST_ACTION = 1.0

#: The end of a sentence, in most scripts.
_SENTENCE = re.compile(r"[.!?…؟।][\s\"'”»)]|[。！？]|\n")


def is_worth_showing(text: str, status: str, *, seconds: float) -> bool:
    """Whether a first glimpse means something, so many seconds after the first thing came.

    It does with a whole sentence, with what came of the text in a second, or when a step has been
    going on for three. People are notified of the first post and of no later change.
    """
    if text.strip():
        return bool(_SENTENCE.search(text)) or seconds >= 1.0
    return bool(status) and seconds >= 3.0


def pause_between(length: int, *, is_group: bool, took: float = 0.0) -> float:
    """Seconds from one change to the next: longer in groups, and longer as the text grows.

    Telegram takes a message a second in a private chat and twenty a minute in a group, and looks
    at long ones more sternly. A change that `took` long, because many grow at once, is followed by
    a pause four times as long, ten seconds at most, so that the answers themselves stay in time.
    """
    return max((3.1 if is_group else 1.1) + min(2.0, length / 4000), min(10.0, 4 * took))


class LiveReply:
    """One answer as people see it: a message, or several where one cannot hold it."""

    def __init__(
        self,
        *,
        surface: TextSurface,
        address: Address,
        reply_to: Ref | None,
        keyboard: Keyboard,
        posted: Sequence[Ref],
        unsure: int = 0,
        on_posted: Callable[[Sequence[Ref], int], Awaitable[None]],
        on_moved: Callable[[int], Awaitable[None]],
        clock: Clock,
        heard: str = "",
        is_rich: bool = False,
        draft: int | None = None,
    ) -> None:
        """`keyboard` is shown while the text grows; `posted` are messages to be changed first.

        `unsure` says how often the next one was posted without a word of it coming back. Both are
        told to `on_posted` before each post and after it, to be remembered for another attempt.
        `heard` is what the person said aloud, and stands above the answer. The whole answer is
        posted as a rich message if it `is_rich`, and grows as the `draft` of this number if any.
        """
        self._surface = surface
        self._address = address
        self._reply_to = reply_to
        self._keyboard = keyboard
        self._on_posted = on_posted
        self._on_moved = on_moved
        self._clock = clock
        self._heard = heard
        self._is_rich = is_rich
        self._draft = draft
        #: The messages that show the answer, in their order.
        self.refs = list(posted)
        self._unsure = unsure
        self._shown: dict[Ref, tuple[Part, Keyboard]] = {}
        self._pieces: list[str] = []
        self._status = ""
        self._began_at: float | None = None
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._showing = asyncio.Lock()
        #: Set when we may not speak here any more, and nobody will read the answer.
        self.barred = asyncio.Event()

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._pieces)

    def feed(self, piece: str) -> None:
        """More of the answer came."""
        self._pieces.append(piece)
        self._note("")

    def tell(self, status: str) -> None:
        """What is being done, as one line below the text, until more of the answer comes."""
        self._note(status)

    @asynccontextmanager
    async def growing(self) -> AsyncIterator[None]:
        """Show what comes in, in the background, for the length of the block.

        A change that is on its way when the block ends is waited for: what it posted must be known.
        """
        pump = asyncio.create_task(self._grow())
        try:
            yield
        finally:
            self._closing.set()
            self._changed.set()
            await asyncio.shield(pump)

    async def finish(self, markdown: str, *, keyboard: Keyboard = ()) -> None:
        """Show the whole answer, however long that takes.

        Raises `SurfaceError` when it cannot be shown; another attempt then goes on from `refs`.
        `UncertainError` leaves it open whether the part it stopped at was posted, `UnseenError`
        says that this has been left open so often that it is not posted again.
        """
        async with self._showing:
            if self._is_rich:
                try:
                    await self._show(markdown, keyboard=keyboard, is_final=True, is_rich=True)
                except RefusedError as error:
                    log.warning("rich message refused", extra={"error": type(error).__name__})
                else:
                    return
            await self._show(markdown, keyboard=keyboard, is_final=True)

    async def hold(self, markdown: str) -> Ref | None:
        """Say this in the place of the answer until it comes; `None` if something stands there."""
        async with self._showing:
            if self.refs or self.text:
                return None
            await self._show(markdown, keyboard=(), is_final=False)
            return self.refs[0]

    def _note(self, status: str) -> None:
        self._status = status
        if self._began_at is None:
            self._began_at = self._clock.monotonic()
        self._changed.set()

    async def _grow(self) -> None:
        await self._changed.wait()
        while not self._closing.is_set() and not self._is_worth_showing():
            await self._pause(0.1)
        while not self._closing.is_set():
            self._changed.clear()
            began_at = self._clock.monotonic()
            least = 0.0
            status = f"\n\n_{self._status}_" if self._status else ""
            try:
                async with self._showing:
                    await self._glimpse(self.text + status)
            except ThrottledError as error:
                least = error.after
            except BarredError:
                self.barred.set()
                return
            except SurfaceError as error:
                # The final text meets the same and says so. Growing is only for the eye.
                log.info("answer stops growing", extra={"error": type(error).__name__})
                return
            took = self._clock.monotonic() - began_at
            is_group = self._address.is_group
            pause = pause_between(len(self.text), is_group=is_group, took=took)
            await self._pause(max(pause, least))
            if self._draft is None:
                await self._changed.wait()
            else:
                await unless_set(self._clock.sleep(_DRAFT_LASTS), self._changed)

    async def _glimpse(self, markdown: str) -> None:
        """Show what there is: as a draft where that is wished and can be, else in messages."""
        if self._draft is not None and not self.refs:
            try:
                # Of what does not fit into one, the end is what is new.
                for part in self._surface.format(markdown, heard=self._heard)[-1:]:
                    await self._surface.draft(self._address, self._draft, part)
            except RefusedError as error:
                log.warning("draft refused", extra={"error": type(error).__name__})
            else:
                return
        self._draft = None
        await self._show(markdown, keyboard=self._keyboard, is_final=False)

    def _is_worth_showing(self) -> bool:
        if self._draft is not None:
            return True  # Nobody is notified of a draft.
        seconds = self._clock.monotonic() - (self._began_at or 0.0)
        return is_worth_showing(self.text, self._status, seconds=seconds)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than until the end of the answer."""
        await unless_set(self._clock.sleep(seconds), self._closing)

    async def _show(
        self, markdown: str, *, keyboard: Keyboard, is_final: bool, is_rich: bool = False
    ) -> None:
        """Make the messages say this, in the chat as it is called now."""
        parts = self._surface.format(markdown, heard=self._heard, is_rich=is_rich)
        try:
            await self._show_here(parts, keyboard=keyboard, is_final=is_final)
        except MovedError as error:
            await self._follow(error.to)
            await self._show_here(parts, keyboard=keyboard, is_final=is_final)

    async def _follow(self, chat: int) -> None:
        """Go on in another chat. What stands in the old one can neither be changed nor answered."""
        await self._on_moved(chat)
        self._address = replace(self._address, chat=chat)
        self._reply_to = None
        self.refs.clear()
        await self._remember(0)

    async def _show_here(
        self, parts: Sequence[Part], *, keyboard: Keyboard, is_final: bool
    ) -> None:
        """Change the messages that are there, post those that are missing."""
        for number, part in enumerate(parts):
            below = keyboard if number == len(parts) - 1 else ()
            if number < len(self.refs):
                await self._change(number, part, below, is_final=is_final)
            else:
                await self._post(number, part, below, is_final=is_final)
        while len(self.refs) > len(parts):
            # Deleted before it is forgotten: one that is gone already is no error.
            await self._surface.delete(self.refs[-1])
            self.refs.pop()
            await self._on_posted(self.refs, self._unsure)

    async def _change(self, number: int, part: Part, keyboard: Keyboard, *, is_final: bool) -> None:
        ref = self.refs[number]
        if self._shown.get(ref) == (part, keyboard):
            return
        try:
            await self._surface.edit(ref, part, keyboard=keyboard, is_final=is_final)
        except LostError:
            if not is_final:
                raise
            # Somebody deleted it, or it is too old to be changed: the text must stand somewhere.
            await self._post(number, part, keyboard, is_final=True)
        else:
            self._shown[ref] = (part, keyboard)

    async def _post(self, number: int, part: Part, keyboard: Keyboard, *, is_final: bool) -> None:
        """Post what becomes the message of this number.

        That we are about to is remembered first: whoever dies in between, or hears nothing, cannot
        see what stands there, and must know at least how often it may stand there already.
        """
        if self._unsure >= MOST_COPIES:
            raise UnseenError("posted and never heard of")
        await self._remember(self._unsure + 1)
        try:
            ref = await self._surface.post(
                self._address,
                part,
                reply_to=None if number else self._reply_to,
                keyboard=keyboard,
                is_final=is_final,
            )
        except UncertainError:
            raise
        except SurfaceError:
            await self._remember(self._unsure - 1)  # Nothing was posted.
            raise
        self.refs[number : number + 1] = [ref]
        self._shown[ref] = (part, keyboard)
        await self._remember(0)

    async def _remember(self, unsure: int) -> None:
        self._unsure = unsure
        await self._on_posted(self.refs, unsure)


@asynccontextmanager
async def acting(
    surface: TextSurface,
    address: Address,
    action: Action,
    clock: Clock,
) -> AsyncIterator[None]:
    """Let people see what we are doing for the length of the block, and not a moment longer."""

    is_over = asyncio.Event()

    async def act() -> None:
        where, is_new = address, True
        while not is_over.is_set():
            pause = ACTION_LASTS
            try:
                if await surface.act(where, action, is_new=is_new):
                    is_new = False
                else:
                    pause = _ACTION_PAUSE
            except MovedError as error:
                where = replace(where, chat=error.to)
            except BarredError:
                return  # The answer itself will meet the same, and stop.
            except SurfaceError as error:
                log.debug("action not shown", extra={"error": type(error).__name__})
            await unless_set(clock.sleep(pause), is_over)

    task = asyncio.create_task(act())
    try:
        yield
    finally:
        is_over.set()
        # A call on its way is let arrive: what is cut could still be shown afterwards.
        await asyncio.wait({task}, timeout=_LAST_ACTION)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
