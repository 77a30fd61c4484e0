"""What the sandbox translates, and how it says that it cannot."""

import pytest

from bot.sandbox.phrasebook import _ROWS, LANGUAGES, translate


@pytest.mark.parametrize(
    ("text", "language", "translated"),
    [
        ("Good morning.", "es", "Buenos días."),
        ("¿Cómo estás?", "ja", "お元気ですか？"),
        ("hello", "fr", "Bonjour !"),
        ("Hello! How are you?", "de", "Hallo! Wie geht es dir?"),
        ("Hello! How are you?", "zh", "你好！你好吗？"),
        ("धन्यवाद।", "en", "Thank you."),
        ("Thank you.", "pt-BR", "Obrigado."),
        ("Good morning.", "en", "Good morning."),
        ("Quantum foam is fine.", "es", "[es] Quantum foam is fine."),
        ("Hello! Quantum foam is fine.", "es", "[es] Hello! Quantum foam is fine."),
        ("Hello!", "tlh", "[tlh] Hello!"),
        ("?!", "es", "[es] ?!"),
    ],
    ids=[
        "a known sentence",
        "found in another language",
        "case and marks do not matter",
        "two sentences",
        "two sentences without a blank",
        "vowel signs",
        "a region is ignored",
        "already there",
        "an unknown sentence is marked",
        "one unknown sentence marks all",
        "an unknown language is marked",
        "no words",
    ],
)
def test_a_text_is_translated_from_the_book_or_marked(
    text: str, language: str, translated: str
) -> None:
    """Common sentences are translated; the rest comes back marked."""
    assert translate(text, language) == translated


def test_every_phrase_is_in_every_language() -> None:
    """Each common sentence can be said in each of the ten languages."""
    widths = {len(row) for row in _ROWS}

    assert widths == {len(LANGUAGES)}
    assert all(cell for row in _ROWS for cell in row)
