"""`ondemand-bot db`: what an operator does with a whole database."""

from collections.abc import Callable
from typing import Annotated

import typer

from bot.log import Redactor
from bot.settings import Settings
from bot.storage import copy, parse, shown

Target = Annotated[
    str,
    typer.Argument(
        help="The empty database, as DATABASE_URL would name it.",
        envvar="TARGET_DATABASE_URL",
        show_envvar=True,
    ),
]


def build(settings: Callable[[typer.Context], Settings]) -> typer.Typer:
    """The commands, on the settings of whoever runs them."""
    app = typer.Typer(name="db", help="Copy the whole database.", no_args_is_help=True)

    @app.callback()
    def _db() -> None:
        """Copy the whole database."""

    @app.command("copy")
    def copy_all(context: typer.Context, target: Target) -> None:
        """Copy DATABASE_URL into an empty database, of the other kind too, and compare both.

        Stop the bot first: what it writes meanwhile is not in the copy.
        """
        source, empty = parse(settings(context).database_url.get_secret_value()), parse(target)
        redactor: Redactor = context.obj
        redactor.register(*filter(None, [empty.password]))
        rows = 0
        for found in copy(source, empty):
            rows += found.rows
            verdict = "same" if found.is_same else "DIFFERS"
            typer.echo(f"{found.table:<18} {found.rows:>10}  {verdict}")
        typer.echo(f"{rows} rows were copied from {shown(source)} to {shown(empty)}.")

    return app
