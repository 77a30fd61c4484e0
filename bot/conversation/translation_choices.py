"""What the admins of a group chose about translating what is written there."""

from dataclasses import dataclass
from typing import Final, Literal, Self, get_args

from bot.conversation.tongues import TONGUES
from bot.storage import JSON

#: Under which name the choice of a group or topic is kept.
TRANSLATION: Final = "translation"

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
    #: The two tongues between which voice notes are interpreted.
    interpreted: tuple[str, str] | None = None

    @classmethod
    def from_json(cls, chosen: JSON) -> Self:
        """As it was kept; what is missing or makes no sense is as if it was never chosen."""
        fields = chosen if isinstance(chosen, dict) else {}
        which, how = fields.get("which"), fields.get("how")
        pair = _tongues(fields.get("interpreted"))
        return cls(
            _tongues(fields.get("languages"))[:MOST_LANGUAGES],
            which if which in WHICHES else "all",
            how if how in HOWS else "under",
            (pair[0], pair[1]) if len(pair) == 2 else None,
        )

    def to_json(self) -> dict[str, JSON]:
        """As it is kept."""
        return {
            "languages": list(self.languages),
            "which": self.which,
            "how": self.how,
            "interpreted": list(self.interpreted) if self.interpreted else None,
        }


def _tongues(found: JSON) -> tuple[str, ...]:
    known = found if isinstance(found, list) else ()
    return tuple(dict.fromkeys(each for each in known if isinstance(each, str) and each in TONGUES))
