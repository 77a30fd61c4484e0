"""How well languages are told apart, on messages of which one knows.

The messages in `tests/samples/languages` are ours, as people write them in chats: a language, a
kind and the words. Half of them is what detection was tuned on. The other half was written before,
by the same hands, and is held out.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "samples" / "languages"
HALVES: Final = ("tuning", "held_out")

#: All languages of the messages.
TWENTY: Final[tuple[str, ...]] = (
    "ar", "de", "en", "es", "fa", "fr", "hi", "id", "it", "ja",
    "ko", "nl", "pl", "pt", "ru", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip
#: Languages of groups as there are.
GROUPS: Final[tuple[tuple[str, ...], ...]] = (
    ("ar", "en", "es"),
    ("ar", "en", "fa"),
    ("ar", "fa", "ur"),
    ("de", "en", "nl"),
    ("de", "en", "tr"),
    ("de", "fr", "it"),
    ("en", "es", "fr", "it", "ru"),
    ("en", "es", "pt"),
    ("en", "fr", "vi"),
    ("en", "hi", "ur"),
    ("en", "id"),
    ("en", "ja", "zh"),
    ("en", "ko"),
    ("en", "pl", "uk"),
    ("en", "ru", "uk"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A message, and what is known of it."""

    #: Empty where the message is in no language: a name, a laugh, a link.
    language: str
    #: ordinary, slang, bare (without accents), short, names, romanised or nothing.
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Score:
    """How many messages were answered rightly, wrongly, and not at all."""

    right: int
    wrong: int
    unsure: int

    @property
    def answered(self) -> float:
        """The share of those that were answered."""
        return (self.right + self.wrong) / (self.right + self.wrong + self.unsure)

    @property
    def mistaken(self) -> float:
        """The share of the answers that were wrong."""
        return self.wrong / max(self.right + self.wrong, 1)

    @property
    def claimed(self) -> float:
        """The share of all messages that were answered wrongly."""
        return self.wrong / (self.right + self.wrong + self.unsure)


Detect = Callable[[str, tuple[str, ...]], str | None]


def samples(half: str) -> list[Sample]:
    """The messages of a half."""
    lines = (FOLDER / f"{half}.tsv").read_text(encoding="utf-8").splitlines()
    parts = (line.split("\t") for line in lines)
    return [Sample(language.strip("-"), kind, words) for language, kind, words in parts]


def scores(half: str, detect: Detect) -> dict[str, Score]:
    """How these messages are answered, in every setting that matters."""
    spoken = [sample for sample in samples(half) if sample.language]
    rest = [sample for sample in samples(half) if not sample.language]
    return {
        "of twenty languages": _score(detect, ((each, TWENTY) for each in spoken)),
        "of a group's": _score(
            detect, ((s, group) for group in GROUPS for s in spoken if s.language in group)
        ),
        "in none of a group's": _score(
            detect, ((s, group) for group in GROUPS for s in spoken if s.language not in group)
        ),
        "in no language": _score(detect, ((s, group) for group in (TWENTY, *GROUPS) for s in rest)),
    }


def told(half: str, detect: Detect) -> Iterator[str]:
    """The scores, as lines to print."""
    for setting, score in scores(half, detect).items():
        yield (
            f"{half:9} {setting:21} {score.right:4} right {score.wrong:3} wrong "
            f"{score.unsure:5} unsure   {score.answered:6.1%} answered"
        )


def _score(detect: Detect, asked: Iterable[tuple[Sample, tuple[str, ...]]]) -> Score:
    right = wrong = unsure = 0
    for sample, among in asked:
        answer = detect(sample.words, among)
        if answer is None:
            unsure += 1
        elif answer == sample.language and answer in among:
            right += 1
        else:
            wrong += 1
    return Score(right, wrong, unsure)
