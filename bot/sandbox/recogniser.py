"""Hear English: 16 kHz mono 16-bit samples on standard input, words on standard output.

A program of its own, run by `bot.sandbox.speech` as a child. pocketsphinx holds the interpreter
lock for as long as it listens (seconds for a minute of speech), so in a thread it would stop the
event loop; and a child can be ended when it takes too long. It imports nothing of ours, so that it
starts quickly.
"""

import sys

RATE = 16_000  # samples per second


def recognise(samples: bytes) -> str:
    """Return the English words heard in 16-bit mono samples, in lower case, without punctuation."""
    import pocketsphinx  # Only the child has it, and only where a wheel exists.

    # A third of a second of silence on both sides keeps the first and the last word from being cut
    # off: it took one word error in ten off sentences spoken by espeak-ng.
    pad = bytes(2 * RATE // 3)
    decoder = pocketsphinx.Decoder(samprate=RATE, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw(pad + samples + pad, full_utt=True)
    decoder.end_utt()
    heard = decoder.hyp()
    return heard.hypstr if heard else ""


if __name__ == "__main__":
    sys.stdout.write(recognise(sys.stdin.buffer.read()))
