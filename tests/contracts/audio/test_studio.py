"""The studio with real processes: what they may, what happens when they die, and who waits."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.audio import BusyError, Limits, Studio, UnusableError, WorkerError
from bot.audio.crew import PROGRAM, Crew
from bot.sandbox.speech import speak
from tests import sounds
from tests.sounds import NOTHING, ogg_file

ODD = (sys.executable, "-I", str(Path(__file__).with_name("odd_worker.py")))
NO_RESOURCES = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")


@pytest.fixture
async def crew() -> AsyncIterator[Crew]:
    """One worker that does odd things, within tight limits."""
    async with Crew(Limits(workers=1, waiting=2, job=5.0, jobs=100), ODD) as crew:
        yield crew


async def pid(crew: Crew) -> int:
    """Who is at work."""
    return int((await crew.do("pid", [])).words["pid"])


def is_there(process: int) -> bool:
    """Whether a process exists, if only as one that was not waited for."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def gone(process: int) -> bool:
    """Whether a process is gone soon."""
    for _ in range(200):
        if not is_there(process):
            return True
        await asyncio.sleep(0.01)
    return False


async def test_a_voice_note_is_heard_and_answered() -> None:
    """My voice note goes up as it is, and the answer comes as one voice note."""
    note = sounds.recording("ogg")
    async with Studio() as studio:
        ready = await studio.prepare(note)
        mp3 = await studio.prepare(note, accepts=frozenset({"mp3"}))
        spoken = [speak("Hello Anna."), speak("How are you today?")]
        pieces = [await studio.voice(words) for words in spoken]
        answer = await studio.join([piece.content for piece in pieces], gap=0.2)

    assert (ready.content, ready.name, ready.content_type) == (note, "voice.ogg", "audio/ogg")
    assert (ready.seconds, ready.how) == (2.0, "as it is")
    assert (mp3.name, mp3.how, mp3.seconds) == ("audio.mp3", "encoded", 2.0)
    assert answer.seconds == pytest.approx(sum(piece.seconds for piece in pieces) + 0.2, abs=0.04)
    heard = len(sounds.decoded(answer.content)) / 96_000
    assert heard == pytest.approx(answer.seconds, abs=0.02)


async def test_what_is_no_sound_is_refused_and_costs_no_worker() -> None:
    """I sent a text file as a recording and am told so; the next one is worked on as usual."""
    async with Studio() as studio:
        with pytest.raises(UnusableError) as refused:
            await studio.prepare(b"Hello, I am a voice note.")
        again = await studio.prepare(sounds.recording("ogg"))

    assert refused.value.reason == "not sound"
    assert again.seconds == 2.0


async def test_a_recording_that_is_too_long_is_refused() -> None:
    """The house says how long a recording may be."""
    async with Studio() as studio:
        with pytest.raises(UnusableError) as refused:
            await studio.prepare(sounds.recording("ogg"), longest=1.5)

    assert refused.value.reason == "too long"


@NO_RESOURCES
@pytest.mark.parametrize(
    ("kind", "how"), [("as it is", "too long"), ("as an MP3", "too long")], ids=["ogg", "mp3"]
)
async def test_an_hour_that_claims_three_seconds_costs_nothing(
    crew: Crew, kind: str, how: str
) -> None:
    """A small file that would play for hours is refused for a second of work and little memory."""
    hours = ogg_file([NOTHING] * 110_000, lambda end: min(end, 48_000 * 3))
    accepts = ["ogg"] if kind == "as it is" else ["mp3"]

    told = (await crew.do("growth", [hours], longest=3_000, accepts=accepts)).words

    assert told["how"] == how
    assert told["took"] < 1
    assert told["kib"] < 64 * 1024


@NO_RESOURCES
@pytest.mark.parametrize("size", [0xFF000001, 0x7FFFFFFF, 900 << 20])
async def test_a_head_that_asks_for_gigabytes_is_refused(size: int) -> None:
    """A few bytes that make a library ask for all memory do not get it."""
    wav = sounds.recording("wav")
    at = wav.index(b"LIST") + 4
    async with Studio(limits=Limits(workers=1)) as studio:
        with pytest.raises(UnusableError) as refused:
            await studio.prepare(wav[:at] + size.to_bytes(4, "little") + wav[at + 4 :])

    assert refused.value.reason == "broken"


@NO_RESOURCES
async def test_a_worker_sees_no_secret_and_writes_no_file(
    crew: Crew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took over a worker would find no token, and no way to keep anything."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:secret")

    environment = (await crew.do("environment", [])).words
    written = (await crew.do("write", [], path=str(tmp_path / "kept"))).words["error"]
    opened = (await crew.do("open", [])).words["error"]
    nice = (await crew.do("niceness", [])).words["nice"]

    allowed = {"PATH", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    assert set(environment["names"]) <= allowed
    assert environment["folder"] == "/"
    assert (written, opened) == ("EFBIG", "EMFILE")
    assert nice >= 10


async def test_what_a_library_prints_does_not_disturb(crew: Crew) -> None:
    """A library that prints to the terminal spoils no answer."""
    await crew.do("shout", [])

    assert (await crew.do("echo", [b"one", b"", b"two"])).contents == [b"one", b"", b"two"]


@pytest.mark.parametrize("job", ["abort", "eat"])
async def test_a_crash_costs_its_own_job_alone(crew: Crew, job: str) -> None:
    """A file that crashes a worker or eats its memory fails; the next one is worked on."""
    before = await pid(crew)

    with pytest.raises(WorkerError) as failed:
        await crew.do(job, [])

    assert failed.value.worth_repeating
    assert await pid(crew) != before
    assert await gone(before)


async def test_a_worker_that_died_in_the_meantime_is_replaced(crew: Crew) -> None:
    """The system killed an idle worker, and nobody notices."""
    before = await pid(crew)
    os.kill(before, signal.SIGKILL)
    await asyncio.to_thread(os.waitid, os.P_PID, before, os.WEXITED | os.WNOWAIT)

    assert await pid(crew) != before


@pytest.mark.parametrize("job", ["wait", "spin"])
async def test_what_takes_too_long_is_stopped(job: str) -> None:
    """A job that never ends is ended at its limit, and the next one is done."""
    async with Crew(Limits(workers=1, job=0.5), ODD) as crew:
        before = await pid(crew)

        async with asyncio.timeout(20):
            with pytest.raises(WorkerError):
                await crew.do(job, [])

        assert await gone(before)
        assert await pid(crew) != before


@NO_RESOURCES
@pytest.mark.parametrize("most", [60, 3600], ids=["less than a job may take", "more"])
async def test_a_house_with_a_limit_of_its_own_hears_and_speaks(most: int) -> None:
    """My service manager limits the time that the bot computes; voice notes are heard all the same.

    Its workers inherit that limit.
    """
    limited = ("/bin/sh", "-c", f'ulimit -t {most}; exec "$@"', "sh", *PROGRAM)

    async with Studio(program=limited) as studio:
        ready = await studio.prepare(sounds.recording("ogg"))
        spoken = await studio.voice(speak("Hello Anna."))

    assert ready.seconds == 2.0
    assert spoken.seconds > 0


async def test_who_is_cancelled_takes_the_work_along(crew: Crew) -> None:
    """I deleted my question while it was worked on, and the worker is free for others."""
    before = await pid(crew)
    work = asyncio.create_task(crew.do("spin", []))
    await asyncio.sleep(0.05)

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert await pid(crew) != before
    assert await gone(before)


async def test_who_is_cancelled_while_a_worker_starts_leaves_nothing() -> None:
    """Cancelled at any moment of the start, the next job is done all the same."""
    async with Crew(Limits(workers=1), ODD) as crew:
        for pause in (0.0, 0.01, 0.05):
            work = asyncio.create_task(crew.do("pid", []))
            await asyncio.sleep(pause)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

        last = await pid(crew)
    assert not is_there(last)


async def test_too_many_are_told_to_come_later(crew: Crew) -> None:
    """When more wait than may, the next one is told at once; those who wait have their turn."""
    working = asyncio.create_task(crew.do("wait", []))
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(crew.do("echo", [b"%d" % n])) for n in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(BusyError) as busy:
        await crew.do("echo", [])
    working.cancel()

    assert busy.value.worth_repeating
    assert [(await task).contents for task in waiting] == [[b"0"], [b"1"]]


async def test_a_worker_is_replaced_after_its_share_of_jobs() -> None:
    """No process lives long enough for a leak to matter."""
    async with Crew(Limits(workers=1, jobs=3), ODD) as crew:
        seen = [await pid(crew) for _ in range(7)]

    assert [seen.count(process) for process in dict.fromkeys(seen)] == [3, 3, 1]
    assert not any(map(is_there, seen))


async def test_closing_leaves_no_process() -> None:
    """After the house is closed nothing of it runs, even if there was work."""
    crew = Crew(Limits(workers=2), ODD)
    processes = [await pid(crew)]
    work = [asyncio.create_task(crew.do(job, [])) for job in ("spin", "wait", "echo")]
    await asyncio.sleep(0.5)

    await crew.close()
    ended = await asyncio.gather(*work, return_exceptions=True)

    assert [type(end) for end in ended] == [WorkerError] * 3
    assert not any(map(is_there, processes))
    assert children() == []
    with pytest.raises(WorkerError):
        await crew.do("echo", [])


def children() -> list[str]:
    """The programs of ours that run, where the system tells."""
    here = Path(f"/proc/{os.getpid()}/task")
    if not here.exists():
        return []
    processes = [
        process for task in here.iterdir() for process in (task / "children").read_text().split()
    ]
    programs = [Path(f"/proc/{process}/cmdline").read_text() for process in processes]
    return [program for program in programs if "odd_worker" in program]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
async def test_a_house_that_is_killed_takes_its_workers_along() -> None:
    """After `kill -9` no worker goes on, even one that is busy."""
    house = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOUSE, *ODD, stdout=asyncio.subprocess.PIPE
    )
    assert house.stdout is not None
    worker = int(await house.stdout.readline())

    house.kill()
    await house.wait()

    # Who inherits the dead may take its time, so that being dead is enough.
    state = Path(f"/proc/{worker}/stat")
    while state.exists() and state.read_text().rpartition(")")[2].split()[0] not in "XZ":
        await asyncio.sleep(0.01)


HOUSE = """
import asyncio, sys
from bot.audio.crew import Crew, Limits

async def main():
    async with Crew(Limits(workers=1), sys.argv[1:]) as crew:
        print((await crew.do("pid", [])).words["pid"], flush=True)
        await crew.do("spin", [])

asyncio.run(main())
"""


@pytest.mark.parametrize(
    "program",
    [
        (sys.executable, "-c", "raise SystemExit(3)"),
        ("/nowhere/python",),
        (sys.executable, "-c", "import time; time.sleep(60)"),
        (sys.executable, "-c", "print('hello')"),
    ],
    ids=["ends", "is not there", "says nothing", "says something else"],
)
async def test_a_worker_that_does_not_start_is_an_error_each_time(program: Sequence[str]) -> None:
    """Where workers cannot start I am told, and no loop eats the machine."""
    async with Studio(limits=Limits(start=0.5), program=program) as studio, asyncio.timeout(20):
        for _ in range(2):
            with pytest.raises(WorkerError):
                await studio.prepare(sounds.recording("ogg"))


async def test_large_files_do_not_hold_up_the_others(crew: Crew) -> None:
    """While twenty megabytes go to a worker and back, everybody else is served."""
    await pid(crew)
    large = bytes(20 << 20)
    late = []

    async def tick() -> None:
        while True:
            due = time.perf_counter() + 0.005
            await asyncio.sleep(0.005)
            late.append(time.perf_counter() - due)

    ticking = asyncio.create_task(tick())
    answer = await crew.do("echo", [large])
    ticking.cancel()

    assert answer.contents == [large]
    assert sorted(late)[len(late) // 2] < 0.05


@NO_RESOURCES
async def test_threads_and_memory_do_not_pile_up(crew: Crew) -> None:
    """After many jobs a worker is as it was."""
    note = sounds.recording("ogg")
    for _ in range(23):
        await crew.do("prepare", [note], longest=60, accepts=["mp3"])

    grown = (await crew.do("growth", [note], longest=60, accepts=["mp3"])).words
    threads = (await crew.do("threads", [])).words["threads"]

    assert grown["kib"] < 2_000
    assert threads == 1
