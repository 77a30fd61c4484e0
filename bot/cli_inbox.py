"""`ondemand-bot inbox`: what waits and what was given up, for an operator. It shows no words."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, NoReturn, TypeVar

import typer

from bot.clock import SystemClock
from bot.house import open_house
from bot.settings import Settings
from bot.storage import Entry, Transaction

T = TypeVar("T")

Number = Annotated[int, typer.Argument(help="The number of the update, as `list` shows it.")]


def build(settings: Callable[[typer.Context], Settings]) -> typer.Typer:
    """The commands, on the settings of whoever runs them."""
    app = typer.Typer(
        name="inbox", help="Look at what waits and what was given up.", no_args_is_help=True
    )

    @app.command("list")
    def list_entries(context: typer.Context) -> None:
        """Show every update that waits or was given up, oldest first."""
        entries = _inside(settings(context), lambda tx: tx.inbox.unsettled())
        for entry in entries:
            typer.echo(_line(entry))
        typer.echo(f"{len(entries)} in all" if entries else "Nothing waits.")

    @app.command()
    def show(context: typer.Context, number: Number) -> None:
        """Show one update: its times, its attempts, and the steps that were done."""

        async def look(tx: Transaction) -> tuple[Entry, list[str]]:
            entry = await _found(tx, number)
            return entry, await tx.inbox.steps(entry)

        entry, steps = _inside(settings(context), look)
        typer.echo(_line(entry))
        typer.echo(f"accepted  {_time(entry.accepted_at)}")
        typer.echo(f"due       {_time(entry.due_at)}")
        typer.echo(f"ended     {_time(entry.ended_at)}")
        typer.echo(f"steps     {', '.join(steps) or 'none'}")

    @app.command()
    def retry(context: typer.Context, number: Number) -> None:
        """Have what was given up worked on again, as if it had just arrived."""

        async def reopen(tx: Transaction) -> None:
            entry = await _found(tx, number)
            if not await tx.inbox.reopen(entry, at=SystemClock().now()):
                _refuse(f"update {number} was not given up")

        _inside(settings(context), reopen, is_writing=True)
        typer.echo(f"{number} is tried again; a running bot begins within a minute.")

    @app.command()
    def bury(context: typer.Context, number: Number) -> None:
        """Be done with an update for good: what it said is deleted, and nobody is told."""

        async def discard(tx: Transaction) -> None:
            entry = await _found(tx, number)
            if not await tx.inbox.discard(entry, at=SystemClock().now()):
                _refuse(f"update {number} has changed meanwhile; look at it again")

        _inside(settings(context), discard, is_writing=True)
        typer.echo(f"{number} is buried, and what it said is deleted.")

    return app


def _inside(
    settings: Settings, work: Callable[[Transaction], Awaitable[T]], *, is_writing: bool = False
) -> T:
    """Do something in one transaction of the operator's database."""

    async def do() -> T:
        async with open_house(settings) as opened:
            store = opened.store
            async with store.begin() if is_writing else store.read() as tx:
                return await work(tx)

    return asyncio.run(do())


async def _found(tx: Transaction, number: int) -> Entry:
    entry = await tx.inbox.find(number)
    if entry is None or entry.state == "settled":
        _refuse(f"no update {number} waits or was given up")
    return entry


def _refuse(why: str) -> NoReturn:
    typer.echo(f"ondemand-bot: {why}", err=True)
    raise typer.Exit(1)


def _line(entry: Entry) -> str:
    failure = f"  {entry.failure}" if entry.failure else ""
    return (
        f"{entry.update_id:<12} {entry.state:<7} {entry.kind:<16} {entry.lane:<28} "
        f"{entry.attempts} attempt(s){failure}"
    )


def _time(moment: datetime | None) -> str:
    return moment.isoformat(sep=" ", timespec="seconds") if moment else "-"
