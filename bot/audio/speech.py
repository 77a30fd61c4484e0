"""Speech for a voice note: one piece polished and encoded, and pieces joined. A worker's work."""

from collections.abc import Iterator, Sequence

from av.audio.frame import AudioFrame

from bot.audio import coding, guard, opus
from bot.audio.polish import polish
from bot.audio.sound import LARGEST_NOTE, Speech

_BIT_RATE = 32_000  # bits a second
#: After so many seconds a note goes on with fewer bits, and has room for five minutes.
_LATER = 60.0
_BIT_RATE_LATER = 24_000
#: For a note that is too large, best first: bits a second, and the bytes a second that they come to
#: with speech (measured).
_SMALLER = {24_000: 3_140, 20_000: 2_660, 16_000: 2_230}
#: One piece of speech is held as samples while it is polished.
_LONGEST_PIECE = 600.0  # seconds


def voice(speech: bytes, *, after: float = 0.0) -> Speech:
    """Polish and encode one piece of speech, which comes after so many seconds of the same note."""
    samples = bytearray()
    with guard.opened(speech) as sound:
        rate = sound.stream.codec_context.sample_rate
        for frame in coding.mono(sound.frames(longest=_LONGEST_PIECE), rate=rate):
            samples += coding.samples(frame)
    polished = polish(bytes(samples), rate)
    del samples
    bit_rate = _BIT_RATE if after < _LATER else _BIT_RATE_LATER
    return Speech(*coding.as_opus(coding.frames(polished, rate), bit_rate=bit_rate))


def join(pieces: Sequence[bytes], *, gap: float, largest: int = LARGEST_NOTE) -> Speech:
    """Join pieces that `voice` made, copying what is encoded where that gives a small enough note.

    Otherwise the whole is encoded again, at the best rate that gives less than `largest` bytes. A
    note too long for all rates becomes larger.
    """
    copied = note = Speech(*opus.join(pieces, gap=gap))
    if len(copied.content) < largest:
        return copied
    fit = [rate for rate, size in _SMALLER.items() if size * copied.seconds < largest]
    for bit_rate in fit or [_BIT_RATE_LATER]:
        note = Speech(*coding.as_opus(_frames(copied), bit_rate=bit_rate))
        if len(note.content) < largest:
            break
    return note


def _frames(note: Speech) -> Iterator[AudioFrame]:
    with guard.opened(note.content) as sound:
        yield from sound.frames(longest=note.seconds + 1)
