"""What the browser tests and the pictures stand on: a running demo, and a system Chromium."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from playwright.sync_api import Browser, Playwright

from bot.sandbox import speech

#: What somebody says into the microphone.
SPOKEN = "what is the weather in porto"
PATIENCE = 20_000  # ms that somebody waits for something to be seen

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    # As root, which is what continuous integration is, Chromium starts only without its sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
_ENDING = 10  # seconds


def chromium() -> str | None:
    """Where the machine's Chromium is."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """A demo in a folder of its own; gives the address of its page."""
    program = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--no-browser", "--port", "0"],
        cwd=folder,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _address(program)
    finally:
        program.send_signal(signal.SIGINT)
        try:
            program.communicate(timeout=_ENDING)
        finally:
            program.kill()


def _address(program: "subprocess.Popen[str]") -> str:
    """Read what the demo tells until it tells where its page is."""
    told = []
    for line in program.stdout or ():
        told.append(line)
        if line.startswith("Open http"):
            return line.split()[1]
    raise RuntimeError(f"the demo ended by itself:\n{''.join(told)}")


def launch(playwright: Playwright, recording: Path) -> Browser:
    """Start Chromium with a microphone into which the recording is played, over and over."""
    return playwright.chromium.launch(
        executable_path=chromium(),
        args=[*_FLAGS, f"--use-file-for-fake-audio-capture={recording}"],
    )


def record(path: Path) -> Path:
    """Write down what somebody says, as the WAV that Chromium plays into its microphone."""
    with av.open(str(path), "w", format="wav") as file:
        stream = file.add_stream("pcm_s16le", rate=48_000, layout="mono")
        samples, rate = speech.synthesise(SPOKEN, speech.VOICES["alloy"], "en")
        spoken = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
        spoken.sample_rate = rate
        spoken.planes[0].update(samples.ljust(spoken.planes[0].buffer_size, b"\0"))
        resampler = av.AudioResampler("s16", "mono", 48_000)
        for frame in (*resampler.resample(spoken), *resampler.resample(None)):
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path
