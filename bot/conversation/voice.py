"""Which answers are spoken, and in which voice, as a person chose."""

from dataclasses import dataclass
from typing import Final, Literal, Self, get_args

from bot.ondemand import Voice
from bot.storage import JSON

#: A voice for a voice, every answer, or none.
Mode = Literal["match", "always", "never"]

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
VOICES: Final[tuple[Voice, ...]] = get_args(Voice)


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """What a person chose about being spoken to."""

    mode: Mode = "match"
    voice: Voice = "alloy"

    @classmethod
    def from_json(cls, chosen: JSON) -> Self:
        """As it was kept; what is missing or makes no sense is as if it was never chosen."""
        fields = chosen if isinstance(chosen, dict) else {}
        mode, voice = fields.get("mode"), fields.get("voice")
        return cls(
            mode if mode in MODES else "match",
            voice if voice in VOICES else "alloy",
        )

    def to_json(self) -> dict[str, JSON]:
        """As it is kept."""
        return {"mode": self.mode, "voice": self.voice}

    def is_spoken(self, *, is_heard: bool) -> bool:
        """Whether an answer is spoken, to a question that was spoken or not."""
        return self.mode == "always" or (self.mode == "match" and is_heard)
