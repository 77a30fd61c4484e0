"""Whatever is done to a file, we get sound or a refusal, and soon."""

import random
import time

import pytest

from bot.audio import speech
from bot.audio.errors import UnusableError
from bot.audio.recording import prepare
from bot.audio.sound import EVERY_KIND
from tests.sounds import recording

KINDS = ("ogg", "vorbis", "mp3", "m4a", "aac", "webm", "wav", "flac")
MP3 = frozenset({"mp3"})


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The file with some bytes changed, a stretch taken out, doubled, or put elsewhere."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 3, 30))):
        at = chance.randrange(len(changed))
        # The head is where the numbers are that others believe.
        near = chance.randrange(min(200, len(changed)))
        length = chance.randrange(1, 400)
        kind = chance.randrange(5)
        if kind == 0:
            changed[at] = chance.randrange(256)
        elif kind == 1:
            changed[near] = chance.choice((0, 1, 127, 128, 255))
        elif kind == 2 and len(changed) > 1_000:
            del changed[at : at + length]
        elif kind == 3:
            changed[at:at] = changed[at : at + length]
        else:
            changed[at : at + length] = chance.randbytes(length)
    return bytes(changed)


@pytest.mark.parametrize("kind", KINDS)
def test_no_file_is_too_broken_to_be_answered(kind: str) -> None:
    """However a file was damaged I am told, or heard, with little work; nothing else happens."""
    chance = random.Random(f"{kind} 1")
    content = recording(kind, 1.0)

    for _ in range(40):
        broken = mutated(content, chance)
        started = time.process_time()
        for accepts in (EVERY_KIND, MP3):
            try:
                ready = prepare(broken, longest=60, accepts=accepts)
            except UnusableError:
                continue
            assert 0 < ready.seconds <= 60
        assert time.process_time() - started < 5


def test_no_speech_is_too_broken_to_be_answered() -> None:
    """The same holds of what a service calls speech."""
    chance = random.Random("speech")

    for _ in range(20):
        try:
            piece = speech.voice(mutated(recording("mp3", 1.0), chance))
        except UnusableError:
            continue
        assert 0 < piece.seconds < 60
