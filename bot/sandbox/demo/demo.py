"""All of the demo at once, for a terminal: what `ondemand-bot demo` runs."""

import asyncio
import contextlib
import errno
import json
import os
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, TypeVar

from bot.sandbox.both import KEY
from bot.sandbox.demo.app import Desk, build
from bot.sandbox.demo.child import Child, State
from bot.sandbox.demo.faults import Faults
from bot.sandbox.demo.folder import Folder, InUseError, open_folder
from bot.sandbox.demo.happening import Happening
from bot.sandbox.demo.stage import Stage
from bot.sandbox.demo.stream import Stream
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.server import serve
from bot.sandbox.telegram import TOKEN, TelegramSandbox

#: How the bot is started: as an operator would.
PROGRAM = (sys.executable, "-m", "bot", "run")
#: How many ports are tried where one is taken.
_TRIES = 100
#: What a program needs of our environment. The operator's settings are none of the demo's business.
_KNOWN = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONUTF8", "SYSTEMROOT", "TMPDIR", "VIRTUAL_ENV")
_GRAPHICAL = ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER")
_NO_BROWSER = "No browser is found here; open the address yourself."
_SOURCE = Path(__file__).parents[3]

T = TypeVar("T")
Tell = Callable[[str], None]


class DemoError(Exception):
    """The demo cannot be started; says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen at the command line. Port 0 takes a free one."""

    port: int = 8420
    telegram_port: int = 0
    ondemand_port: int = 0
    browser: bool = True
    reset: bool = False
    folder: Path = Path("data/demo")


async def play(options: Options, *, tell: Tell, stopping: asyncio.Event) -> None:
    """Run the demo until `stopping` is set; tells its progress in single lines.

    Nothing of it is left when it returns, or when it is cancelled. Raises `DemoError`.
    """
    try:
        with open_folder(options.folder, reset=options.reset) as folder:
            async with _stage(options, folder, tell) as url:
                folder.tell_address(url)
                await stopping.wait()
                tell("Ending.")
    except InUseError as error:
        raise DemoError(str(error)) from None
    except OSError as error:
        raise DemoError(f"{error.filename or options.folder}: {error.strerror}") from None


@asynccontextmanager
async def _stage(options: Options, folder: Folder, tell: Tell) -> AsyncIterator[str]:
    """Everything that runs; gives the address of the page."""
    stream = Stream(folder.world)
    happening = Happening(stream)
    async with AsyncExitStack() as stack:
        telegram = await _on_a_port(
            stack,
            options.telegram_port,
            lambda port: TelegramSandbox(port=port, after=folder.after, witness=happening),
            tell,
        )
        ondemand = await _on_a_port(
            stack,
            options.ondemand_port,
            lambda port: OnDemandSandbox(port=port, seed=folder.world, watch=happening.watches),
            tell,
        )
        tell(f"Telegram's part answers at {telegram.url}, OnDemand's at {ondemand.url}.")
        stage = await Stage.set_up(telegram)
        log = stack.enter_context(folder.log.open("w", buffering=1))
        news = _News(happening, tell, log)
        child = Child(
            PROGRAM,
            environment=_environment(telegram, ondemand, stage),
            folder=folder.path.resolve(),
            told=news.told,
            heard=news.heard,
        )
        happening.polled = child.works
        faults = Faults(telegram, ondemand, kill=child.kill, happening=happening, stream=stream)
        app = build(Desk(stage, stream, happening, faults, child))
        url = await _on_a_port(stack, options.port, lambda port: serve(app, port=port), tell)
        url = f"{url}/"
        news.url = url
        # It ends first: its last calls still find both parts.
        await stack.enter_async_context(child)
        is_first = folder.world == 1
        tell("The bot starts, and makes its database." if is_first else "The bot starts.")
        if options.browser:
            _open(url, tell)
        yield url


async def _on_a_port(
    stack: AsyncExitStack,
    port: int,
    make: Callable[[int], AbstractAsyncContextManager[T]],
    tell: Tell,
) -> T:
    """Open what listens on a port, or on the next free one, and say so."""
    for tried in range(port, min(port + _TRIES, 65536)):
        try:
            opened = await stack.enter_async_context(make(tried))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise DemoError(f"port {tried} cannot be used: {error.strerror}") from None
            continue
        if tried != port:
            tell(f"Port {port} is taken; {tried} is used instead.")
        return opened
    raise DemoError(f"port {port} and the {_TRIES} after it are taken: name another")


class _News:
    """What the bot's process does, for the terminal, the log and the page."""

    def __init__(self, happening: Happening, tell: Tell, log: TextIO) -> None:
        self._happening = happening
        self._tell = tell
        self._log = log
        self._is_address_told = False
        #: Where the page is.
        self.url = ""

    def told(self, state: State) -> None:
        """Tell how it is."""
        self._happening.notes(state)
        # A terminal that is gone and a full disk are no reason to leave the bot alone.
        with contextlib.suppress(OSError):
            self._tell_terminal(state)

    def _tell_terminal(self, state: State) -> None:
        if state.condition == "killed":
            self._tell("The bot was killed, and is started again.")
        elif state.condition == "failed":
            self._tell(f"The bot has ended: {state.line}")
            when = f"in {state.again_in:g} s" if state.again_in else "at once"
            self._tell(
                f"It is started again {when}; its log is {self._log.name}, and --reset begins anew."
            )
        if state.condition in ("running", "failed") and not self._is_address_told:
            self._is_address_told = True
            self._tell(f"Open {self.url} and talk to it. Ctrl-C ends everything.")

    def heard(self, line: str) -> str:
        """Keep a line of its log; returns what may be shown of it."""
        for secret in (TOKEN, TOKEN.partition(":")[2], KEY):
            line = line.replace(secret, "[secret]")
        with contextlib.suppress(OSError):
            self._log.write(f"{line}\n")
        self._happening.reads(line)
        return readable(line)


def readable(line: str) -> str:
    """Return a line of the bot's log as a person reads it: of JSON what happened, and the error."""
    try:
        told = json.loads(line)
    except ValueError:
        return line
    if not isinstance(told, dict) or "event" not in told:
        return line
    last = str(told.get("exception", "")).strip().rpartition("\n")[2]
    return ": ".join(filter(None, (str(told["event"]), str(told.get("error", "")), last)))


def _environment(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, stage: Stage
) -> dict[str, str]:
    """What the bot is told: both sandboxes, and files in its own folder."""
    return {name: os.environ[name] for name in _KNOWN if name in os.environ} | {
        "PYTHONPATH": str(_SOURCE),
        "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "ONDEMAND_API_URL": ondemand.url,
        "ONDEMAND_API_KEY": KEY,
        "DATABASE_URL": "sqlite:///bot.db",
        "PORT": "0",
        "ADMIN_USER_IDS": str(next(iter(stage.people))),
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "DEBUG",
    }


def _open(url: str, tell: Tell) -> None:
    """Open the page, where there is something to open it with. Nobody waits for it."""

    def open_it() -> None:
        try:
            is_open = webbrowser.open(url)
        except webbrowser.Error:
            is_open = False
        if not is_open:
            tell(_NO_BROWSER)

    # A text browser would take the terminal.
    if sys.platform == "linux" and not any(map(os.environ.get, _GRAPHICAL)):
        tell(_NO_BROWSER)
        return
    threading.Thread(target=open_it, daemon=True).start()
