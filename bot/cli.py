"""The command line: `ondemand-bot`, which is `python -m bot`.

Exit codes: 0 done, 1 something failed, 2 what was given cannot be used, 130 interrupted.
"""

import asyncio
import contextlib
import gc
import logging
import secrets
import signal
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Annotated, NoReturn, Protocol

import typer
import uvloop

from bot import app as builder
from bot import cli_db, cli_inbox, house, log
from bot import doctor as examination
from bot.log import Redactor
from bot.settings import Settings, SettingsError
from bot.storage import (
    CorruptError,
    KeyMissingError,
    MisconfiguredError,
    SchemaError,
    StorageError,
    head,
)

#: What the operator has to change before trying again can help.
_UNUSABLE = (CorruptError, KeyMissingError, MisconfiguredError, SchemaError)

_log = logging.getLogger(__name__)


class _UnusableError(Exception):
    """What was asked for cannot be done here: one sentence, without a secret."""


app = typer.Typer(
    name="ondemand-bot",
    help="The OnDemand assistant on Telegram.",
    add_completion=False,
    no_args_is_help=True,
    # Typer's own tracebacks print local variables: secrets and people's words among them.
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ondemand-bot {version('ondemand-telegram-bot')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """The OnDemand assistant on Telegram."""


@app.command()
def migrate(context: typer.Context) -> None:
    """Bring the database to the newest schema. Safe when several start at once."""
    before = house.migrate(_settings(context))
    if before is not None and before > head():
        typer.echo(f"The database is left at revision {before}, of a newer version.")
        return
    was = "empty before" if before is None else f"at {before} before"
    typer.echo(f"The database is at revision {head()}, {was}.")


@app.command()
def doctor(context: typer.Context) -> None:
    """Check everything the bot needs; exit 1 if anything is wrong."""
    if not asyncio.run(_examine(_settings(context), context.obj)):
        raise typer.Exit(1)


async def _examine(settings: Settings, redactor: Redactor) -> bool:
    """Print each finding as it is found. A platform's own words pass the redactor, too."""
    all_well = True
    async for finding in examination.examine(settings):
        all_well &= finding.is_well
        line = f"{'ok' if finding.is_well else 'FAIL':<5} {finding.part:<10} {finding.says}"
        typer.echo(redactor(line))
    return all_well


@app.command()
def run(context: typer.Context) -> None:
    """Run the bot in this process, by polls or a webhook, until it is told to end."""
    _serve(builder.run, context)


@app.command()
def web(context: typer.Context) -> None:
    """Take updates in through the webhook, for workers elsewhere, until it is told to end."""
    _serve(builder.web, context)


@app.command()
def worker(context: typer.Context) -> None:
    """Be one of several processes that answer, on PostgreSQL, until told to end."""
    _serve(builder.work, context)


class _Program(Protocol):
    """One of the programs of the builder."""

    def __call__(self, settings: Settings, *, stopping: asyncio.Event) -> Awaitable[None]: ...


def _serve(program: _Program, context: typer.Context) -> None:
    """Run a program until it is told to end."""
    settings = _settings(context)
    # Of what many growing answers cost, a fifth is saved by a faster loop.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_told_to_end(lambda stopping: program(settings, stopping=stopping)))


@app.command()
def sandbox(
    telegram_port: Annotated[
        int, typer.Option(help="Port of the Bot API; 0 takes a free one.")
    ] = 0,
    ondemand_port: Annotated[int, typer.Option(help="Port of OnDemand; 0 takes a free one.")] = 0,
) -> None:
    """Run both remote APIs on this machine, to try the bot without accounts."""
    _require_sandbox()
    from bot.sandbox.both import serve_both

    asyncio.run(
        _until_told_to_end(
            lambda stopping: serve_both(
                telegram_port=telegram_port,
                ondemand_port=ondemand_port,
                tell=typer.echo,
                stopping=stopping,
            )
        )
    )


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page.")] = 8420,
    telegram_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the Bot API; 0 takes a free one.")
    ] = 0,
    ondemand_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of OnDemand; 0 takes a free one.")
    ] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only tell the address of the page.")
    ] = False,
    reset: Annotated[
        bool, typer.Option("--reset", help="Forget what earlier demos left in data/demo.")
    ] = False,
) -> None:
    """Try the bot in your browser: no account, no network."""
    _require_sandbox()
    from bot.sandbox.demo import DemoError, Options, play

    options = Options(
        port=port,
        telegram_port=telegram_port,
        ondemand_port=ondemand_port,
        browser=not no_browser,
        reset=reset,
    )
    try:
        asyncio.run(
            _until_told_to_end(lambda stopping: play(options, tell=typer.echo, stopping=stopping))
        )
    except DemoError as error:
        raise _UnusableError(str(error)) from None


def _require_sandbox() -> None:
    """Say what to install where the sandbox's libraries are not here."""
    try:
        import bot.sandbox  # noqa: F401  # It looks for them.
    except ModuleNotFoundError as error:
        raise _UnusableError(str(error)) from None


async def _until_told_to_end(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Do this until SIGTERM or SIGINT asks it to end; a second signal ends it at once."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    task = asyncio.ensure_future(work(stopping))

    def end() -> None:
        if stopping.is_set():
            task.cancel()
        stopping.set()

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, end)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _settings(context: typer.Context) -> Settings:
    settings = Settings.load()
    redactor: Redactor = context.obj
    redactor.register(*settings.secrets())
    house.start_logging(settings, redactor)
    return settings


app.add_typer(cli_inbox.build(_settings))
app.add_typer(cli_db.build(_settings))


def main() -> None:
    """Run the command line. What cannot be used is one clear line on stderr, never a traceback."""
    redactor = Redactor()
    try:
        app(obj=redactor)
    except SettingsError as error:
        _refuse(redactor, *error.lines, code=2)
    except _UnusableError as error:
        _refuse(redactor, str(error), code=2)
    except StorageError as error:
        _refuse(redactor, str(error), code=2 if isinstance(error, _UNUSABLE) else 1)
    except Exception as error:  # The last resort: a bug of ours is told in one line, too.
        if not logging.getLogger().handlers:
            log.configure(level="INFO", form=None, redactor=redactor)
        reference = secrets.token_hex(4)
        _log.critical("uncaught exception", exc_info=True, extra={"reference": reference})
        kind = type(error).__name__
        _refuse(redactor, f"this is a bug ({kind}); the log has it as {reference}", code=1)
    finally:
        # Or the interpreter looks once more through all that is about to go: half a second of work.
        gc.freeze()


def _refuse(redactor: Redactor, *lines: str, code: int) -> NoReturn:
    for line in lines:
        typer.echo(redactor(f"ondemand-bot: {line}"), err=True)
    raise SystemExit(code)
