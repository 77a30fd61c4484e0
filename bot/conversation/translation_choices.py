"""What was chosen about translating in a group: what is written there, and what is said."""

from dataclasses import dataclass
from typing import Final, Literal, Self, TypeAlias, get_args

from bot.conversation.tongues import TONGUES
from bot.storage import JSON

#: Under which name the choice of a group or topic is kept.
TRANSLATION: Final = "translation"

#: Under which name it is kept between which two tongues voice notes are interpreted. A topic that
#: has an interpreter still follows what its group has translated.
INTERPRETED: Final = "interpreted"

#: The two tongues of an interpreter.
Pair: TypeAlias = tuple[str, str]

#: Which messages are translated: all, those that answer or name somebody, those sent on.
Which = Literal["all", "called", "forwards"]
#: How: below each message at once, or only for whoever presses a button there.
How = Literal["under", "button"]

WHICHES: Final[tuple[Which, ...]] = get_args(Which)
HOWS: Final[tuple[How, ...]] = get_args(How)

#: Languages of one group.
MOST_LANGUAGES: Final = 5


@dataclass(frozen=True, slots=True)
class GroupTranslation:
    """What is translated by itself in a group or topic."""

    #: The tongues that are read there; none where nothing is translated.
    languages: tuple[str, ...] = ()
    which: Which = "all"
    how: How = "under"

    @classmethod
    def from_json(cls, chosen: JSON) -> Self:
        """As it was kept; what is missing or makes no sense is as if it was never chosen."""
        fields = chosen if isinstance(chosen, dict) else {}
        which, how = fields.get("which"), fields.get("how")
        return cls(
            _tongues(fields.get("languages"))[:MOST_LANGUAGES],
            which if which in WHICHES else "all",
            how if how in HOWS else "under",
        )

    def to_json(self) -> dict[str, JSON]:
        """As it is kept."""
        return {
            "languages": list(self.languages),
            "which": self.which,
            "how": self.how,
        }


def pair_from(chosen: JSON) -> Pair | None:
    """The two tongues as they were kept; what makes no sense is as if it was never chosen."""
    pair = _tongues(chosen)
    return (pair[0], pair[1]) if len(pair) == 2 else None


def _tongues(found: JSON) -> tuple[str, ...]:
    known = found if isinstance(found, list) else ()
    return tuple(dict.fromkeys(each for each in known if isinstance(each, str) and each in TONGUES))
