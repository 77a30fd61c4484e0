"""What a person chose about voice."""

from typing import Any

import pytest

from bot.conversation.voice import Mode, VoiceChoice


@pytest.mark.parametrize(
    ("kept", "chosen"),
    [
        (None, VoiceChoice("match", "alloy")),
        ({"mode": "never", "voice": "onyx"}, VoiceChoice("never", "onyx")),
        ({"mode": "always"}, VoiceChoice("always", "alloy")),
        ({"mode": "loud", "voice": "mine"}, VoiceChoice("match", "alloy")),
        ({"mode": ["never"], "voice": None}, VoiceChoice("match", "alloy")),
        ("nova", VoiceChoice("match", "alloy")),
    ],
    ids=["never chosen", "both", "one", "unknown", "of another kind", "not even a choice"],
)
def test_a_choice_is_read_whatever_was_kept(kept: Any, chosen: VoiceChoice) -> None:
    """What makes no sense is as if it was never chosen."""
    assert VoiceChoice.from_json(kept) == chosen
    assert VoiceChoice.from_json(chosen.to_json()) == chosen


@pytest.mark.parametrize(
    ("mode", "to_writing", "to_voice"),
    [("match", False, True), ("always", True, True), ("never", False, False)],
)
def test_who_is_spoken_to(mode: Mode, to_writing: bool, to_voice: bool) -> None:
    """A voice for a voice, every answer, or none."""
    chosen = VoiceChoice(mode)

    spoken = (chosen.is_spoken(is_heard=False), chosen.is_spoken(is_heard=True))

    assert spoken == (to_writing, to_voice)
