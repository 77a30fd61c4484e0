"""A worker that does what ours should never do, and tells what ours never tells."""

import contextlib
import errno
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bot.audio import recording
from bot.audio.errors import UnusableError
from bot.audio.sound import EVERY_KIND
from bot.audio.wire import Parcel
from bot.audio.worker import JOBS, Job, serve


def tell(words: Callable[[], dict[str, object]]) -> Job:
    """A job that tells something."""
    return lambda job: Parcel(words())


def attempt(deed: Callable[[Parcel], object]) -> Job:
    """A job that tells whether something may be done."""

    def work(job: Parcel) -> Parcel:
        try:
            deed(job)
        except OSError as error:
            return Parcel({"error": errno.errorcode[error.errno or 0]})
        return Parcel({"error": None})

    return work


def write(job: Parcel) -> None:
    """Write a file."""
    Path(job.words["path"]).write_bytes(b"x")


def open_many(job: Parcel) -> None:
    """Open more files than a worker needs."""
    with contextlib.ExitStack() as files:
        for _ in range(20):
            files.enter_context(Path(os.devnull).open())


def threads() -> int:
    """How many threads this process has, libraries' own among them."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else 1


def wait(job: Parcel) -> Parcel:
    """Wait for somebody who never comes."""
    threading.Event().wait()
    return Parcel()


def spin(job: Parcel) -> Parcel:
    """Be busy for ever."""
    while True:
        pass


def shout(job: Parcel) -> Parcel:
    """Print where answers go."""
    sys.stdout.write("noise\n")
    sys.stdout.flush()
    os.write(1, b"more noise\n")
    os.write(2, b"and more\n")
    return Parcel()


def growth(job: Parcel) -> Parcel:
    """What a recording takes: memory at most, in KiB, and seconds of work; and how it ends."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    try:
        how = recording.prepare(
            job.contents[0],
            longest=job.words["longest"],
            accepts=frozenset(job.words.get("accepts", EVERY_KIND)),
        ).how
    except UnusableError as error:
        how = error.reason  # type: ignore[assignment]
    return Parcel(
        {
            "how": how,
            "kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
            "took": time.process_time() - started,
        }
    )


ODD: dict[str, Job] = {
    **JOBS,
    "pid": tell(lambda: {"pid": os.getpid()}),
    "threads": tell(lambda: {"threads": threads()}),
    "environment": tell(lambda: {"names": sorted(os.environ), "folder": str(Path.cwd())}),
    "write": attempt(write),
    "open": attempt(open_many),
    "niceness": tell(lambda: {"nice": os.nice(0)}),
    "echo": lambda job: Parcel(job.words, job.contents),
    "wait": wait,
    "spin": spin,
    "shout": shout,
    "growth": growth,
    "abort": lambda job: os.abort(),
    "eat": lambda job: Parcel({"eaten": len(bytearray(2 << 30))}),
}

if __name__ == "__main__":
    serve(ODD)
