"""What of a message is language, and which."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.detection import Model, detect, load, speech_of, told
from bot.conversation.tongues import TONGUES
from tests.languages import HALVES, TWENTY, samples, scores
from tests.languages import told as as_lines


@pytest.fixture(scope="module")
def model() -> Model:
    """The model, loaded once."""
    loaded = load()
    assert loaded is not None
    return loaded


@pytest.mark.parametrize("half", HALVES)
def test_messages_are_told_apart(half: str, model: Model) -> None:
    """My language is known when I write as one writes in chats, and is not taken for another."""
    found = scores(half, lambda text, among: told(text, among, model))

    print(*as_lines(half, lambda text, among: told(text, among, model)), sep="\n")  # noqa: T201
    assert found["of twenty languages"].mistaken <= 0.03
    assert found["of twenty languages"].answered >= 0.85
    assert found["of a group's"].mistaken <= 0.03
    assert found["of a group's"].answered >= 0.85
    assert found["in none of a group's"].claimed <= 0.03
    assert found["in no language"].claimed == 0


@pytest.mark.parametrize("half", HALVES)
def test_messages_are_told_apart_without_the_model(half: str) -> None:
    """Where the model is not installed fewer messages are known, and no more are mistaken."""
    found = scores(half, lambda text, among: told(text, among, None))

    assert found["of twenty languages"].mistaken <= 0.03
    assert found["of twenty languages"].answered >= 0.5
    assert found["of a group's"].mistaken <= 0.03
    assert found["of a group's"].answered >= 0.5
    assert found["in none of a group's"].claimed <= 0.03
    assert found["in no language"].claimed == 0


def test_the_samples_are_many_and_each_is_there_once() -> None:
    """What is reported was measured on many messages of twenty languages."""
    both = [sample for half in HALVES for sample in samples(half)]
    words = [sample.words for sample in both]

    assert len(words) >= 360
    assert {sample.language for sample in both} == {*TWENTY, ""}
    # What is the same in two languages would prove nothing, but two languages may share a word.
    assert len(words) - len(set(words)) <= 1


@pytest.mark.parametrize(
    ("text", "speech"),
    [
        ("Hello there", "Hello there"),
        ("¿Qué tal, amigo?", "Qué tal amigo"),
        ("it's l'été", "it's l'été"),
        ("/translate@the_bot es", "es"),
        ("and/or", "and or"),
        ("@anna #friday $TSLA", ""),
        ("see https://example.org/a?b=c&d#e", "see"),
        ("www.example.org example.com example.de/path", ""),
        ("mail to anna.b+c@mail.example.org now", "mail to now"),
        ("😀👍🏽🇪🇸 ❤️", ""),
        ("+1 10:30 3,50 € 5kg 100% 2x v2.3.1", ""),
        ("COVID-19 is over", "COVID is over"),
        ("```py\nprint('hello')\n``` why?", "why"),
        ("```never ends", ""),
        ("try `make test` first", "try first"),
        ("ok lol haha OMG xd jajaja kkkk ахаха ㅋㅋㅋ hmm", ""),
        ("okay, let's go", "let's go"),
        ("????!!! …", ""),
        ("नमस्ते दोस्त", "नमस्ते दोस्त"),
        ("می\u200cشود", "می\u200cشود"),
        ("\ud800", ""),
        ("", ""),
    ],
    ids=[
        "plain",
        "signs",
        "apostrophes",
        "a command",
        "no command",
        "mentions and tags",
        "a link",
        "bare links",
        "an address",
        "emoji",
        "numbers",
        "a name with a number",
        "a fence",
        "an open fence",
        "a span",
        "the same everywhere",
        "more than that",
        "signs alone",
        "Hindi",
        "a joiner",
        "half a sign",
        "nothing",
    ],
)
def test_what_is_language(text: str, speech: str) -> None:
    """What nobody could translate is left alone."""
    assert speech_of(text) == speech


@pytest.mark.parametrize(
    ("silent", "speech"),
    [
        ([], "call Anna B or read the code"),
        ([(5, 11)], "call or read the code"),
        ([(5, 11), (5, 9)], "call or read the code"),
        ([(0, 100)], ""),
        ([(24, 28), (5, 11)], "call or read the"),
    ],
    ids=["none", "a mention", "one in another", "more than all", "two"],
)
def test_what_telegram_marks_is_none(silent: list[tuple[int, int]], speech: str) -> None:
    """A mention of somebody without a username, or code set as such, is not translated."""
    assert speech_of("call Anna B or read the code", silent) == speech


@pytest.mark.parametrize(
    ("text", "among", "tongue"),
    [
        ("อยู่ไหนกัน", ("en", "th"), "th"),
        ("네", ("en", "ko"), "ko"),
        ("네", ("en", "ja"), None),
        ("ありがとう", ("zh", "ja"), "ja"),
        ("你在哪里", ("zh", "ja"), "zh"),
        ("了解", ("zh", "ja"), None),
        ("駅前の店", ("zh", "en"), None),
        ("що ти кажеш", ("ru", "uk"), "uk"),
        ("что ты говоришь", ("ru", "uk"), "ru"),
        ("їжа", ("ru", "en"), None),
        ("не знаю", ("ru", "uk"), None),
        ("کیا حال ہے", ("ar", "ur", "fa"), "ur"),
        ("چطوری خوبی", ("ar", "ur", "fa"), "fa"),
        ("كيف حالك اليوم", ("ar", "ur", "fa"), "ar"),
        ("محمد", ("ar", "ur", "fa"), None),
        ("محمد تكلم مع Anna Petersen و Bruno أمس", ("ar", "en"), "ar"),
        ("我用Microsoft Teams开会", ("zh", "en"), "zh"),
        ("Where is the station?", ("en", "de"), "en"),
        ("Wo ist der Bahnhof?", ("en", "de"), "de"),
        ("¿Dónde está la estación?", ("en", "de"), None),
        ("Where is the station?", (), None),
        ("Where is the station?", ("xx",), None),
        ("ok", ("en", "de"), None),
        ("haha", ("en", "de"), None),
        ("Anna Petersen", ("en", "de"), None),
        ("https://example.org/the-station", ("en", "de"), None),
        ("", ("en", "de"), None),
    ],
    ids=[
        "Thai",
        "one syllable",
        "another's script",
        "kana",
        "Chinese",
        "Chinese characters of both",
        "Japanese to Chinese",
        "Ukrainian",
        "Russian",
        "letters Russian has not",
        "the same in both",
        "Urdu",
        "Persian",
        "Arabic",
        "a name of many",
        "Arabic with Latin names",
        "Chinese with brands",
        "English",
        "German",
        "a language of nobody here",
        "among none",
        "among unknown ones",
        "ok",
        "a laugh",
        "a name",
        "a link",
        "nothing",
    ],
)
def test_which_language(text: str, among: tuple[str, ...], tongue: str | None) -> None:
    """What letters and the commonest words tell is told without any model."""
    assert told(text, among, None) == tongue


def test_the_model_helps_where_words_do_not(model: Model) -> None:
    """A message without common words is known by its letters."""
    words = "Cathedral visits require advance booking"

    assert told(words, ("de", "en"), None) is None
    assert told(words, ("de", "en"), model) == "en"
    assert detect(words, ("de", "en")) == "en"


@given(st.text(), st.sets(st.sampled_from(TONGUES), max_size=5))
def test_any_text_has_a_language_or_none(text: str, among: set[str]) -> None:
    """Whatever is written in a group, detection does not fail."""
    assert told(text, among, None) in {*among, None}
    assert speech_of(speech_of(text)) == speech_of(text)


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "ha", "@", "`", "a+", "1a", "/a", "a-.-", "the ", "ة", "中", "http://"],
)
def test_long_texts_take_no_long_time(piece: str) -> None:
    """Nobody slows the bot down by what they write."""
    began = time.process_time()

    assert told(piece * 4096, ("en", "ar", "zh"), None) in {"en", "ar", "zh", None}
    assert time.process_time() - began < 5
