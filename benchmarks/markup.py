"""How long an answer takes to render, against the parser alone, in one run on one machine.

Run it from the folder of the project: `uv run python -m benchmarks.markup`.
"""

import time
from collections.abc import Callable
from functools import partial

import pyromark

from bot.telegram.markup import render
from bot.telegram.source import OPTIONS

PARAGRAPHS = """\
## Sorting in **Python**

Use `sorted()` from the [docs](https://docs.python.org/3/howto/sorting.html), *stable* since 2.2:

```python
def by_length(words: list[str]) -> list[str]:
    return sorted(words, key=len)
```

1. Equal items keep their order, whatever the key says about them in the end.
   - **Timsort** looks for runs and merges them; 日本語 and emoji 👩‍👩‍👧 sort by code point.
2. It takes \\(O(n \\log n)\\) comparisons, or fewer.

| Name | Price |
|:-----|------:|
| tea  | $1    |

"""


def parse(text: str) -> None:
    """Let the parser alone read it to its end."""
    for _ in pyromark.events(text, options=OPTIONS):
        pass


def seconds(work: Callable[[], object]) -> float:
    """The shortest of several runs: the others were disturbed."""
    runs = []
    for _ in range(7):
        started = time.perf_counter()
        work()
        runs.append(time.perf_counter() - started)
    return min(runs)


def main() -> None:
    """Print a line for each length."""
    for size in (4_096, 102_400, 1_048_576):
        text = (PARAGRAPHS * (size // len(PARAGRAPHS) + 1))[:size]
        rendering = seconds(partial(render, text))
        parsing = seconds(partial(parse, text))
        print(
            f"{size:>9,} characters: {rendering * 1000:8.2f} ms, "
            f"{rendering / parsing:5.1f} times the parser alone"
        )


if __name__ == "__main__":
    main()
