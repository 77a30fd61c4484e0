"""Speak: words on standard input, 16-bit mono samples on standard output, their rate before them.

A program of its own, run by `bot.sandbox.speech` as a child for each text. espeak-ng keeps one
global voice, and a state nothing in its interface resets: the second time the same words sound a
little different. A fresh process says the same words in the same way, and any number may speak at
once. It imports nothing of ours, so that it starts quickly.
"""

import ctypes
import sys
from typing import Any

# Constants of espeak-ng's speak_lib.h.
_SYNCHRONOUS, _DO_NOT_EXIT, _UTF8, _SPEED, _PITCH = 2, 0x8000, 1, 1, 3
_Receiver = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def synthesise(
    text: bytes, language: str, variant: str, pitch: int, speed: int
) -> tuple[int, bytes]:
    """Return UTF-8 text as samples, with their rate; English where the language is not spoken."""
    import espeakng_loader  # Only the child has it.

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT)
    if rate <= 0:
        raise RuntimeError("espeak-ng does not start")
    spoken = bytearray()

    def receive(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            spoken.extend(ctypes.string_at(samples, count * 2))
        return 0  # Anything else would stop the speech.

    receiver = _Receiver(receive)
    if library.espeak_SetVoiceByName(f"{language}+{variant}".encode()):
        library.espeak_SetVoiceByName(f"en-us+{variant}".encode())
    library.espeak_SetParameter(_SPEED, speed, 0)
    library.espeak_SetParameter(_PITCH, pitch, 0)
    library.espeak_SetSynthCallback(receiver)
    # Breath and hiss are random, by default from the time of day.
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    ended = text.replace(b"\0", b" ") + b"\0"
    library.espeak_Synth(ended, ctypes.c_size_t(len(ended)), 0, 0, 0, _UTF8, None, None)
    return rate, bytes(spoken)


if __name__ == "__main__":
    _, name, kind, high, fast = sys.argv
    hertz, sound = synthesise(sys.stdin.buffer.read(), name, kind, int(high), int(fast))
    sys.stdout.buffer.write(hertz.to_bytes(4, "little") + sound)
