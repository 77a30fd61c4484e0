"""A worker: a process of its own that works on sound, one job after another, and can do no more.

It opens no file and no connection: sound comes and goes through its pipes. What it is handed may be
made to harm it, so memory, time and everything else it could use up are limited, and it ends when
the house does. Run as a program: `python -I -m bot.audio.worker`.
"""

import contextlib
import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable, Mapping

from bot.audio import recording, speech
from bot.audio.errors import UnusableError
from bot.audio.sound import Speech
from bot.audio.wire import Parcel

try:
    import resource
except ImportError:  # Windows has no such limits; the house still stops what takes too long.
    resource = None  # type: ignore[assignment]

Job = Callable[[Parcel], Parcel]

_MEMORY = 1 << 30  # bytes of address space
_FILES = 16  # open at once, the three pipes among them
_NICE = 10
_DEATH_SIGNAL, _NO_NEW_PRIVILEGES = 1, 38  # Linux's numbers for prctl


def prepare(job: Parcel) -> Parcel:
    """Make a recording ready. Its bytes come back only if they are others."""
    (content,) = job.contents
    accepts = frozenset(job.words["accepts"])
    ready = recording.prepare(content, longest=job.words["longest"], accepts=accepts)
    words = {
        "name": ready.name,
        "content_type": ready.content_type,
        "seconds": ready.seconds,
        "how": ready.how,
    }
    return Parcel(words, [] if ready.how == "as it is" else [ready.content])


def voice(job: Parcel) -> Parcel:
    """Polish and encode one piece of speech."""
    (content,) = job.contents
    return _speech(speech.voice(content, after=job.words["after"]))


def join(job: Parcel) -> Parcel:
    """Join pieces of speech."""
    return _speech(speech.join(job.contents, gap=job.words["gap"]))


def _speech(made: Speech) -> Parcel:
    return Parcel({"seconds": made.seconds}, [made.content])


JOBS: dict[str, Job] = {"prepare": prepare, "voice": voice, "join": join}


def serve(jobs: Mapping[str, Job]) -> None:
    """Do the jobs that come in, until the house is gone."""
    # Whatever prints must not disturb the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _confine()
    gc.freeze()  # What is there now stays, and need not be looked through after each job.
    Parcel({"ready": True}).send(answers)
    while True:
        try:
            job = Parcel.receive(sys.stdin.buffer)
        except EOFError:
            return
        _limit_time(job.words["limit"])
        _answer(jobs[job.words["job"]], job).send(answers)
        del job
        # Codecs stand in circles of references, and some of them hold threads.
        gc.collect()


def _answer(work: Job, job: Parcel) -> Parcel:
    try:
        return work(job)
    except UnusableError as error:
        return Parcel({"unusable": error.reason})
    except Exception as error:
        # Its text could hold what somebody sent, such as a title; its name is enough.
        return Parcel({"failed": type(error).__name__})


def _confine() -> None:
    """Give up what is not needed. Nothing of this can be taken back."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    if resource is not None:
        for kind, most in (
            (resource.RLIMIT_AS, _MEMORY),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, _FILES),
        ):
            _limit(kind, most)
    if sys.platform == "linux":
        this = ctypes.CDLL(None)
        this.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        this.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def _limit(kind: int, most: int) -> None:
    # Some systems do not know all of them, or have a lower one already.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (most, most))


def _limit_time(seconds: float) -> None:
    """End this process when it has been busy for so much longer, even if nobody watches it."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime + seconds) + 1
        # Whoever started the house may have limited it, too, which cannot be taken back.
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        if most != resource.RLIM_INFINITY:
            until = min(until, most)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CPU, (until, most))


if __name__ == "__main__":
    serve(JOBS)
