"""What people and groups chose, and how models are named."""

from typing import Any

import pytest

from bot.conversation.phrases import LANGUAGES
from bot.conversation.settings import OWN_NAMES, Choices, GroupChoices
from bot.conversation.settings_menu import offered, plain_name
from bot.ondemand import Endpoint


@pytest.mark.parametrize(
    ("kept", "chosen"),
    [
        (None, Choices()),
        ({"language": "de", "answers_in": "zh", "endpoint": "e"}, Choices("de", "zh", "e")),
        ({"language": "tlh", "answers_in": ["de"], "endpoint": ""}, Choices()),
        ({"language": {}, "answers_in": 7, "endpoint": "e" * 201}, Choices()),
        ("de", Choices()),
    ],
    ids=["never chosen", "all", "unknown", "of another kind", "not even a choice"],
)
def test_a_persons_choices_are_read_whatever_was_kept(kept: Any, chosen: Choices) -> None:
    """What makes no sense is as if it was never chosen."""
    assert Choices.from_json(kept) == chosen
    assert Choices.from_json(chosen.to_json()) == chosen


@pytest.mark.parametrize(
    ("kept", "chosen"),
    [
        (None, GroupChoices()),
        ({"memory": "member", "listening": "everything"}, GroupChoices("member", "everything")),
        ({"memory": "elephant", "listening": ["called"], "deciding": "me"}, GroupChoices()),
        ({"deciding": "everybody"}, GroupChoices(deciding="everybody")),
        (7, GroupChoices()),
    ],
    ids=["never chosen", "both", "unknown", "who chooses", "not even a choice"],
)
def test_a_groups_choices_are_read_whatever_was_kept(kept: Any, chosen: GroupChoices) -> None:
    """What makes no sense is as if it was never chosen."""
    assert GroupChoices.from_json(kept) == chosen


def test_the_assistant_is_told_in_words_it_understands() -> None:
    """The language is named in English; who chose none has nothing said for them."""
    assert Choices().instructions is None
    for language in LANGUAGES:
        assert "Answer in " in (Choices(answers_in=language).instructions or "")
    assert set(OWN_NAMES) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("endpoint", "name", "plain"),
    [
        ("predefined-gpt-5.6-sol", "", "GPT 5.6 Sol"),
        ("predefined-gpt-5.6-sol", "gpt-5.6-sol", "GPT 5.6 Sol"),
        ("predefined-xai-grok4.6", "", "XAI Grok4.6"),
        ("predefined-muse_spark_1.3", "", "Muse Spark 1.3"),
        ("predefined-gpt-6-astra", "GPT-6 Astra", "GPT-6 Astra"),
        ("byoi-1f", "our own", "our own"),
        ("byoi-1f", "", "Byoi 1f"),
    ],
)
def test_a_model_has_a_plain_name(endpoint: str, name: str, plain: str) -> None:
    """I read a name and no identifier."""
    assert plain_name(endpoint, name) == plain


def test_models_are_offered_the_best_known_first() -> None:
    """What is switched off or does not stream is not offered."""
    registry = [
        Endpoint("predefined-zeta", is_active=True),
        Endpoint("predefined-alpha", is_active=True),
        Endpoint("predefined-kimi-k3-fast", is_active=True),
        Endpoint("predefined-gpt-5.6-sol", is_active=True),
        Endpoint("predefined-gone"),
        Endpoint("predefined-whole", is_active=True, streams=False),
    ]

    assert [each.id.removeprefix("predefined-") for each in offered(registry)] == [
        "gpt-5.6-sol",
        "kimi-k3-fast",
        "alpha",
        "zeta",
    ]
