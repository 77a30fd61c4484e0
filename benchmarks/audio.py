"""What sound costs, against the ffmpeg command line alone, in one run on one machine.

Run it from the folder of the project, on Linux:
`uv run --with imageio-ffmpeg python -m benchmarks.audio`.

Costs are seconds of CPU, ours in the house and in its workers, ffmpeg's with its start. Both do a
piece of work in turn, several times, and the medians are compared.
"""

import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import imageio_ffmpeg

from bot.audio import Limits, Speech, Studio, opus
from bot.sandbox.speech import VOICES, speak
from tests import sounds

MP3 = frozenset({"mp3"})
SENTENCES = (
    "The weather will be fine tomorrow, with some clouds in the afternoon and a light wind.",
    "If you want to be at the sea before noon, take the early train, which is never full.",
    "I have looked up three places where you can have lunch, and all of them are open.",
    "Please tell me whether you would rather walk along the beach or go up to the old tower.",
    "The last train back leaves at nine in the evening, from the platform by the harbour.",
    "Shall I remind you an hour before, so that you need not look at the clock all day?",
)


def workers() -> list[str]:
    """The processes we have started."""
    tasks = Path("/proc/self/task").iterdir()
    return [child for task in tasks for child in (task / "children").read_text().split()]


def our_cpu() -> float:
    """Seconds of CPU that we and our workers have used."""
    threads = [thread for pid in workers() for thread in Path(f"/proc/{pid}/task").iterdir()]
    used = sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads)
    return time.process_time() + used / 1e9


def their_cpu() -> float:
    """Seconds of CPU of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def ours(work: Callable[[], Awaitable[object]]) -> float:
    """What a piece of our work costs."""
    before = our_cpu()
    await work()
    return our_cpu() - before


def theirs(*arguments: str | Path) -> float:
    """What ffmpeg costs."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *arguments]
    before = their_cpu()
    subprocess.run(command, check=True)  # noqa: S603  # A program from PyPI, our own arguments.
    return their_cpu() - before


async def compare(
    name: str, rounds: int, us: Callable[[], Awaitable[object]], them: Callable[[], float]
) -> None:
    """Do both in turn, and print the medians and the median of the ratios."""
    pairs = [(await ours(us), them()) for _ in range(rounds)]
    our, their = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"{name:<44} {our:8.4f} s {their:8.4f} s {ratio:8.3f}", flush=True)


def spoken(seconds: float) -> list[bytes]:
    """Speech of about this length, a sentence a piece, as a service makes it."""
    made = [speak(text, voice=VOICES["nova"], bit_rate=128_000) for text in SENTENCES]
    return [made[number % len(made)] for number in range(round(seconds / 5))]


async def preparing(folder: Path, studio: Studio, note: bytes) -> None:
    """Recordings on their way to speech to text."""
    files = {
        "note.ogg": note,
        "vorbis.ogg": sounds.file("vorbis", sounds.decoded(note, rate=44_100)),
        "note.flac": sounds.file("flac", sounds.decoded(note, rate=44_100)),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    to_mp3 = ("-ac", "1", "-ar", "16000", "-c:a", "libmp3lame", "-b:a", "32k")
    quick = (*to_mp3, "-compression_level", "9", "-threads", "1", folder / "out.mp3")

    await compare(
        "OGG/Opus 30 s, as it is (ffmpeg: -c copy)",
        15,
        lambda: studio.prepare(note),
        lambda: theirs("-i", folder / "note.ogg", "-c", "copy", folder / "out.ogg"),
    )
    for label, name in (
        ("OGG/Opus 30 s to MP3", "note.ogg"),
        ("Vorbis 30 s to MP3", "vorbis.ogg"),
        ("FLAC 30 s to MP3", "note.flac"),
    ):
        content = files[name]
        await compare(
            label,
            9,
            partial(studio.prepare, content, accepts=MP3),
            partial(theirs, "-i", folder / name, *quick),
        )
    await compare(
        "OGG/Opus 30 s to MP3 (ffmpeg: as by default)",
        9,
        lambda: studio.prepare(note, accepts=MP3),
        lambda: theirs("-i", folder / "note.ogg", *to_mp3, folder / "out.mp3"),
    )


async def speaking(folder: Path, studio: Studio) -> None:
    """Synthesised speech on its way to a voice note; ffmpeg joins it without levelling."""
    for label, seconds, rounds in (("5 s", 5, 11), ("30 s", 30, 7), ("5 min", 300, 3)):
        pieces = spoken(seconds)
        names = []
        for number, piece in enumerate(pieces):
            (folder / f"{number}.mp3").write_bytes(piece)
            names.append(f"file '{folder / f'{number}.mp3'}'\n")
        (folder / "list.txt").write_text("".join(names))
        encoded = ("-ac", "1", "-ar", "48000", "-c:a", "libopus", "-b:a", "32k")
        note: list[Speech] = []

        async def say(pieces: list[bytes] = pieces, note: list[Speech] = note) -> None:
            ready, spoken_so_far = [], 0.0
            for piece in pieces:
                voiced = await studio.voice(piece, after=spoken_so_far)
                spoken_so_far += voiced.seconds
                ready.append(voiced.content)
            note[:] = [await studio.join(ready)]

        def concatenate(encoded: tuple[str, ...] = encoded) -> float:
            listed = ("-f", "concat", "-safe", "0", "-i", folder / "list.txt")
            how = ("-application", "voip", "-frame_duration", "20", "-threads", "1")
            return theirs(*listed, *encoded, *how, folder / "out.ogg")

        await compare(f"speech of {label}, {len(pieces)} pieces", rounds, say, concatenate)
        print(f"    the note: {note[0].seconds:.1f} s, {len(note[0].content):,} bytes")


async def memory(hour: bytes, minutes: bytes) -> None:
    """The most a worker holds, with one recording each."""
    for label, content in (("5 s", sounds.recording("ogg")), ("5 min", minutes), ("60 min", hour)):
        for how, accepts in (("as it is", frozenset({"ogg"})), ("to MP3", MP3)):
            async with Studio(limits=Limits(workers=1)) as studio:
                await studio.prepare(sounds.recording("ogg"))
                started = resident()
                await studio.prepare(content, longest=4_000, accepts=accepts)
                print(
                    f"{label} ({len(content):,} bytes) {how}: "
                    f"{resident():.0f} MB at most, {started:.0f} MB before",
                    flush=True,
                )


def resident() -> float:
    """The most memory our one worker has held so far."""
    (pid,) = workers()
    (line,) = [
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line
    ]
    return int(line.split()[1]) / 1024


async def ticking(late: list[float]) -> None:
    """Note how late the event loop is."""
    while True:
        due = time.perf_counter() + 0.005
        await asyncio.sleep(0.005)
        late.append((time.perf_counter() - due) * 1000)


async def stall(studio: Studio, note: bytes) -> None:
    """How late the event loop gets with nothing to do, and with twenty notes at once."""

    async def nothing() -> None:
        await asyncio.sleep(2)

    async def twenty() -> None:
        await asyncio.gather(*(studio.prepare(note, accepts=MP3) for _ in range(20)))

    async def twenty_large() -> None:
        await asyncio.gather(*(studio.prepare(large, accepts=MP3) for _ in range(20)))

    large = sounds.file("wav", sounds.decoded(note, rate=44_100) * 7)
    for label, work in (
        ("nothing", nothing),
        ("20 notes of 30 s to MP3", twenty),
        (f"20 files of {len(large) / 1e6:.0f} MB to MP3", twenty_large),
    ):
        late: list[float] = []
        ticker = asyncio.create_task(ticking(late))
        started = time.perf_counter()
        await work()
        took = time.perf_counter() - started
        ticker.cancel()
        late.sort()
        print(
            f"{label}: p50 {late[len(late) // 2]:.1f} ms, "
            f"p99 {late[len(late) * 99 // 100]:.1f} ms, max {late[-1]:.1f} ms, in {took:.1f} s",
            flush=True,
        )


async def main() -> None:
    """Print everything."""
    print(f"Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}\n")
    async with Studio(limits=Limits(workers=1)) as studio:
        pieces = [(await studio.voice(piece)).content for piece in spoken(30)]
    note, _ = opus.join(pieces, gap=0.15)
    minutes, _ = opus.join(pieces * 10, gap=0.15)
    hour, seconds = opus.join(pieces * 115, gap=0.15)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{'':<44} {'ours':>10} {'ffmpeg':>10} {'ratio':>8}")
        # A worker that is replaced would take its account along.
        async with Studio(limits=Limits(workers=1, jobs=10_000)) as studio:
            await preparing(folder, studio, note)
            await speaking(folder, studio)
    print(f"\nMemory of a worker (the hour is {seconds:.0f} s)")
    await memory(hour, minutes)
    print("\nHow late the event loop is")
    async with Studio() as studio:
        await studio.prepare(note)
        await stall(studio, note)


if __name__ == "__main__":
    asyncio.run(main())
