"""Everything the platform remembers: it all belongs to the one company the keys are for."""

import asyncio
import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from bot.sandbox.ondemand.assistant import Assistant
from bot.sandbox.ondemand.records import Media, Session
from bot.sandbox.ondemand.switchboard import Switchboard, ending
from bot.sandbox.ondemand.turns import Turn

Clock = Callable[[], datetime]

LINK_LIFETIME = timedelta(hours=1)
STORAGE = "/storage/"


def utc_now() -> datetime:
    """Return the time, as the platform's clock shows it unless another is handed in."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Call:
    """One request the platform got, recorded so that a test can count what was asked and paid."""

    number: int
    method: str
    path: str
    #: The name of the operation, empty where no route matched.
    operation: str
    #: The end of the key it came with.
    key: str
    query: str
    at: datetime
    #: The JSON that came, or the fields of a form with the files' names and sizes.
    body: Any = None
    #: What was answered; None while it is being answered and where the connection was broken.
    status: int | None = None
    #: The message this call started, and thereby paid for.
    message: str | None = None
    #: How many characters this call made speech of, and thereby paid for.
    characters: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the call as the control API shows it."""
        shown = {name: getattr(self, name) for name in self.__slots__}
        return shown | {"at": self.at.isoformat()}


#: Is told of a call, and whether it is over.
Watch = Callable[[Call, bool], None]


def unwatched(_call: Call, _is_over: bool) -> None:
    """Take no notice of a call."""


@dataclass(slots=True)
class Company:
    """Sessions, files, the assistant, what is armed, and the calls so far."""

    clock: Clock = utc_now
    #: How fast the assistant speaks: 1 as the platform was seen to, 0 at once.
    pace: float = 1.0
    seed: int = 1
    #: The keys that are valid; none means any.
    keys: frozenset[str] = frozenset()
    switchboard: Switchboard = field(default_factory=Switchboard)
    assistant: Assistant = field(default_factory=Assistant)
    sessions: dict[str, Session] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    turns: dict[str, Turn] = field(default_factory=dict)
    #: The last calls; a sandbox may run for weeks.
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=5000))
    #: Told of each call when it has come, and when it is over: its stream, too.
    watch: Watch = unwatched
    _files: dict[str, bytes] = field(default_factory=dict)
    #: Files that pause for so many seconds in their middle.
    _pauses: dict[str, float] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_id(self) -> str:
        """Return 24 hexadecimal digits nobody had before; the same seed gives the same again."""
        return f"6aca{self.seed & 0xFFFF:04x}{next(self._ids):016x}"

    def record(self, method: str, path: str, operation: str, key: str, query: str) -> Call:
        """Remember a call that has just come."""
        call = Call(next(self._numbers), method, path, operation, ending(key), query, self.clock())
        self.calls.append(call)
        return call

    def start(self, turn: Turn) -> None:
        """Let a turn run to its end, whether or not anybody waits for it."""
        self.turns[turn.message.id] = turn
        task = asyncio.create_task(turn.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop the turns that still run."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def store(self, name: str, content: bytes, *, pause: float = 0) -> str:
        """Keep a file; gives the path it can be signed and fetched by.

        With a `pause` whoever fetches it waits so many seconds for its second half.
        """
        path = f"{STORAGE}{self.new_id()}/{quote(name, safe='')}"
        self._files[path] = content
        if pause:
            self._pauses[path] = pause
        return path

    def pause_of(self, path: str) -> float:
        """Return for how many seconds a file pauses in its middle."""
        return self._pauses.get(path, 0)

    def discard(self, path: str | None) -> None:
        """Forget a stored file."""
        if path:
            self._files.pop(path, None)
            self._pauses.pop(path, None)

    def sign(self, base: str, path: str, lifetime: timedelta = LINK_LIFETIME) -> str:
        """Return a URL at which the file can be fetched for a while, by anybody who has it."""
        expires = (self.clock() + lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")
        signature = self._signature(path, expires)
        return f"{base}{path}?sv=2026-10-01&se={quote(expires)}&sp=r&sig={signature}"

    def address(self, base: str, media: Media) -> str:
        """Return where a media record says its file is: freshly signed if we keep it."""
        return self.sign(base, media.stored_as) if media.stored_as else media.url

    def fetch(self, base: str, url: str) -> bytes:
        """Return the file behind a signed URL of our own.

        Raises `LookupError` for any other URL, which is never contacted, and for one whose
        signature is wrong or whose time is over.
        """
        if not url.startswith(base + STORAGE):
            raise LookupError("not a file of this platform")
        parts = urlsplit(url)
        return self.open(parts.path, parts.query)

    def open(self, path: str, query: str) -> bytes:
        """Return the file at a path, if the query is a valid signature. Raises `LookupError`."""
        told = parse_qs(query)
        expires, signature = (told.get(name, [""])[0] for name in ("se", "sig"))
        genuine = self._signature(path, expires)
        if not hmac.compare_digest(signature.encode(), genuine.encode()):
            raise LookupError("the signature is wrong")
        if self.clock() >= datetime.fromisoformat(expires):
            raise LookupError("the time is over")
        return self._files[path]

    def _signature(self, path: str, expires: str) -> str:
        secret = f"sandbox {self.seed}".encode()
        return hmac.new(secret, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()[:43]
