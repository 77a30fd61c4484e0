"""What goes through the pipes between the house and a worker: a line of JSON, then bytes.

The line holds some words and the sizes of the bytes that follow. Who sends anything else, or more
than there is room for, is taken for gone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Self

_LONGEST_LINE = 1 << 16  # bytes
_LARGEST = 64 << 20  # bytes of all contents: three times what Telegram hands to a bot


@dataclass(frozen=True, slots=True)
class Parcel:
    """Some words, and some bytes beside them."""

    words: Mapping[str, Any] = field(default_factory=dict)
    contents: Sequence[bytes] = ()

    def send(self, pipe: IO[bytes]) -> None:
        """Write it all. Blocks until the other side has taken nearly everything."""
        head = {"words": self.words, "sizes": [len(content) for content in self.contents]}
        pipe.write(json.dumps(head).encode() + b"\n")
        for content in self.contents:
            pipe.write(content)
        pipe.flush()

    @classmethod
    def receive(cls, pipe: IO[bytes]) -> Self:
        """Wait for the next one. Raises `EOFError` when the other side is gone."""
        line = pipe.readline(_LONGEST_LINE)
        try:
            head = json.loads(line)
            words, sizes = dict(head["words"]), [int(size) for size in head["sizes"]]
        except (KeyError, TypeError, ValueError):
            raise EOFError from None
        if any(size < 0 for size in sizes) or sum(sizes) > _LARGEST:
            raise EOFError
        contents = [pipe.read(size) for size in sizes]
        if [len(content) for content in contents] != sizes:
            raise EOFError
        return cls(words, contents)
