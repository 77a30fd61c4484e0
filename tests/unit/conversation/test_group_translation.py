"""Which messages of a group need a translation, and into what."""

from dataclasses import replace

import pytest

from bot.conversation.detection import speech_of
from bot.conversation.group_translation import Said, missing
from bot.conversation.translation_choices import GroupTranslation

CHOSEN = GroupTranslation(languages=("en", "es", "ar"))


def said(text: str, **fields: bool) -> Said:
    """A message of somebody whose app is English."""
    return replace(Said(7, 5, text, speech_of(text), told="en"), **fields)  # type: ignore[arg-type]  # By their names.


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("This is plain English for everybody.", ("es", "ar")),
        ("Muchas gracias a todos por venir.", ("en", "ar")),
        ("شكرا جزيلا لكم جميعا", ("en", "es")),
        ("Danke, ich komme morgen wieder.", ("en", "es", "ar")),
        ("haha ok 👍", ()),
        ("https://example.org/ 12:30", ()),
    ],
    ids=["English", "Spanish", "Arabic", "a foreign one", "laughs", "a link"],
)
def test_a_message_is_translated_into_what_it_is_not_in(
    text: str, languages: tuple[str, ...]
) -> None:
    """And into all of them where the group reads no such language."""
    assert missing(said(text), CHOSEN) == languages


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Muchas gracias por todo, thank you very much", ("en", "es", "ar")),
        ("Привет, see you tomorrow", ("en", "es", "ar")),
        ("Muchas gracias, see you all tomorrow then", ("es", "ar")),
    ],
    ids=["half and half", "two scripts", "mostly English"],
)
def test_of_two_languages_in_one_message_the_larger_part_counts(
    text: str, languages: tuple[str, ...]
) -> None:
    """Where neither is larger nothing is claimed, so that neither half stays unread."""
    assert missing(said(text), CHOSEN) == languages


@pytest.mark.parametrize(
    ("which", "fields", "is_meant"),
    [
        ("all", {}, True),
        ("called", {}, False),
        ("called", {"is_to_somebody": True}, True),
        ("forwards", {"is_to_somebody": True}, False),
        ("forwards", {"is_forwarded": True}, True),
    ],
)
def test_admins_choose_which_are_meant(which: str, fields: dict[str, bool], is_meant: bool) -> None:
    """All, those to somebody, or those that are sent on."""
    chosen = GroupTranslation.from_json({"languages": ["en", "es"], "which": which})

    assert bool(missing(said("Muchas gracias a todos por venir.", **fields), chosen)) is is_meant


@pytest.mark.parametrize(
    "kept", [None, 7, {"languages": "en"}, {"languages": ["tlh", 7], "which": "?", "how": None}]
)
def test_a_choice_that_makes_no_sense_is_none(kept: object) -> None:
    """As if nothing had been chosen."""
    assert GroupTranslation.from_json(kept) == GroupTranslation()  # type: ignore[arg-type]  # Anything.


def test_a_choice_is_kept_as_it_is() -> None:
    """With five languages at most."""
    chosen = GroupTranslation(("en", "es"), "called", "button")

    assert GroupTranslation.from_json(chosen.to_json()) == chosen
    many = ["en", "es", "fr", "de", "it", "ru"]
    assert len(GroupTranslation.from_json({"languages": [*many]}).languages) == 5
