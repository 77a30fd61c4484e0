"""The languages that one can translate into, and how people call them."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.conversation.phrases import LANGUAGES
from bot.conversation.tongues import (
    TONGUES,
    flag,
    leading,
    name_of,
    named,
    nearest,
    own_name,
    warm,
)


@pytest.mark.parametrize(
    ("words", "tongue"),
    [
        ("es", "es"),
        ("ES", "es"),
        (" es ", "es"),
        ("es-MX", "es"),
        ("pt_br", "pt"),
        ("zh-Hant-TW", "zh"),
        ("es-419", "es"),
        ("spa", "es"),
        ("fil", "tl"),
        ("iw", "he"),
        ("nb", "no"),
        ("jp", "ja"),
        ("no", "no"),
        ("Spanish", "es"),
        ("español", "es"),
        ("espanol", "es"),
        ("en español", "es"),
        ("al inglés", "en"),
        ("allemand", "de"),
        ("en allemand", "de"),
        ("l'allemand", "de"),
        ("auf Deutsch", "de"),
        ("ins Deutsche", "de"),
        ("Französisch", "fr"),
        ("em português", "pt"),
        ("para o inglês", "en"),
        ("in italiano", "it"),
        ("Brazilian Portuguese", "pt"),
        ("traditional chinese", "zh"),
        ("in het Nederlands", "nl"),
        ("på svenska", "sv"),
        ("po polsku", "pl"),
        ("anglicky", "en"),
        ("suomeksi", "fi"),
        ("englanniksi", "en"),
        ("magyarul", "hu"),
        ("İngilizce'ye", "en"),
        ("TÜRKÇE", "tr"),
        ("bahasa Indonesia", "id"),
        ("sang tiếng Anh", "en"),
        ("на русском", "ru"),
        ("по-русски", "ru"),
        ("немецкий язык", "de"),
        ("на английский", "en"),
        ("українською", "uk"),
        ("англійською мовою", "en"),
        ("στα αγγλικά", "en"),
        ("לאנגלית", "en"),
        ("إلى العربية", "ar"),
        ("بالإنجليزية", "en"),
        ("به انگلیسی", "en"),
        ("انگریزی میں", "en"),
        ("हिंदी में", "hi"),
        ("हिन्दी", "hi"),
        ("日本語", "ja"),
        ("英語に", "en"),
        ("英文", "en"),
        ("翻译成英文", "en"),
        ("普通话", "zh"),
        ("한국어로", "ko"),
        ("ภาษาไทย", "th"),
        ("farsi", "fa"),
        ("Bengali", "bn"),
        ("Tagalog", "tl"),
        ("mandarin", "zh"),
        ("xx", None),
        ("so-so", None),
        ("hi-fi", None),
        ("in", None),
        ("language", None),
        ("Klingon", None),
        ("Hello", None),
        ("", None),
        ("es" * 4096, None),
        ("\ud800", None),
    ],
)
def test_languages_are_known_by_their_names(words: str, tongue: str | None) -> None:
    """I name a language in mine, in its own, or by its code, and need not think of how."""
    assert named(words) == tongue


@pytest.mark.parametrize(
    ("words", "tongues"),
    [
        ("spansh", ("es",)),
        ("germn", ("de",)),
        ("frnech", ("fr",)),
        ("Chineese", ("zh",)),
        ("португальскй", ("pt",)),
        ("qqqqqqqqq", ()),
        ("", ()),
    ],
)
def test_a_typing_error_is_guessed(words: str, tongues: tuple[str, ...]) -> None:
    """When I mistype a language I am offered the one I meant, first."""
    found = nearest(words)

    assert found[:1] == tongues
    assert len(found) <= 3


def test_no_more_are_offered_than_wanted() -> None:
    """Three is a choice, ten are a list."""
    assert len(nearest("japanisc", 1)) == 1
    assert nearest("japanisc", 0) == ()


@pytest.mark.parametrize(
    ("words", "tongue", "rest"),
    [
        ("es Hello", "es", "Hello"),
        ("es hello there", "es", "hello there"),
        ("ES Hello", "es", "Hello"),
        ("es-MX Hello", "es", "Hello"),
        ("es: Hello", "es", "Hello"),
        ("es:Hello", "es", "Hello"),
        ("es : Hello: you", "es", "Hello: you"),
        ("es\nHello\n\nyou", "es", "Hello\n\nyou"),
        ("en español: Hello", "es", "Hello"),
        ("en español Hello", "es", "Hello"),
        ("brazilian portuguese Hello", "pt", "Hello"),
        ("auf deutsch Hello", "de", "Hello"),
        ("日本語 Hello", "ja", "Hello"),
        ("на русском: Hello", "ru", "Hello"),
        ("إلى العربية Hello", "ar", "Hello"),
        ("english: español", "en", "español"),
        ("en Hola", "en", "Hola"),
        ("en hola", "en", "hola"),
        ("de Hello", "de", "Hello"),
        ("it Hello", "it", "Hello"),
        ("ja Hello", "ja", "Hello"),
        ("zh こんにちは", "zh", "こんにちは"),
        ("es", "es", ""),
        ("en español", "es", ""),
        ("no", "no", ""),
        ("it", "it", ""),
        ("no: I will not", "no", "I will not"),
        ("no Hello", "no", "Hello"),
        ("no Привет", "no", "Привет"),
        ("NO I will not", "no", "I will not"),
        ("hi-IN hello", "hi", "hello"),
        ("SPA hello", "es", "hello"),
    ],
)
def test_a_language_before_a_text(words: str, tongue: str, rest: str) -> None:
    """I say the language, and then what is to be translated."""
    assert leading(words) == (tongue, rest)


@pytest.mark.parametrize(
    "words",
    [
        "Hello",
        "no I will not",
        "no I'm not",
        "No problem",
        "no",
        "is it",
        "is this yours?",
        "it is raining",
        "it isn't",
        "it's raining",
        "am I",
        "my dog is ill",
        "he said so",
        "so what",
        "so-so, and you?",
        "hi everyone",
        "hi, how are you?",
        "hi-fi for sale",
        "or not",
        "as you like",
        "be quiet",
        "es ist kalt",
        "es un día bonito",
        "en la casa",
        "en fait, non",
        "de nada",
        "de trein is te laat",
        "el perro duerme",
        "la vie est belle",
        "lo siento",
        "si quieres",
        "no quiero",
        "ja klar",
        "da ist er",
        "et toi ?",
        "ca va",
        "te quiero",
        "vi ses",
        "ur late",
        "Dan said hello",
        "lets go",
        "India won",
        "java is slow",
        "roman holiday",
        "Spanish is easy",
        "el español es fácil",
        "thai food tonight?",
        "10:30 at the station",
        "https://example.org",
        "",
    ],
)
def test_words_that_only_look_like_a_language(words: str) -> None:
    """What I want translated may begin with a word that happens to be a code."""
    assert leading(words) == ((words, "") if words == "no" else (None, words))


@pytest.mark.parametrize("colon", [": ", ":", "："])
def test_a_colon_says_that_all_is_text(colon: str) -> None:
    """When a text of mine begins like a language, I say with a colon that it does not."""
    assert leading(f"{colon}French fries") == (None, "French fries")


@given(st.text())
@example("es:Hello")
@example("no")
def test_no_word_is_lost(words: str) -> None:
    """Whatever I write, the rest is what I wrote, to its end."""
    tongue, rest = leading(words)

    assert words.rstrip().endswith(rest)
    assert tongue is None or tongue in TONGUES
    if tongue is None:
        assert rest == words.strip().removeprefix(":").removeprefix("：").lstrip()


@given(
    st.sampled_from(["es", "en español", "auf Deutsch", "日本語"]),
    st.text(min_size=1).map(str.strip).filter(lambda text: text.strip(":： \n")),
)
def test_the_rest_is_kept_as_it_is(language: str, text: str) -> None:
    """Behind a colon I may write anything, also the name of a language."""
    tongue, rest = leading(f"{language}: {text}")

    assert tongue == named(language)
    assert rest == text


@given(st.text())
def test_any_words_name_a_language_or_none(words: str) -> None:
    """Whatever is typed, nothing breaks."""
    assert named(words) in {*TONGUES, None}
    assert set(nearest(words)) <= set(TONGUES)


@pytest.mark.parametrize("tongue", TONGUES)
def test_every_language_is_known_by_all_its_names(tongue: str) -> None:
    """What a button calls a language I can write myself."""
    assert named(tongue) == tongue
    assert named(own_name(tongue)) == tongue
    for language in LANGUAGES:
        assert named(name_of(tongue, language)) == tongue


def test_languages_are_called_as_people_call_them() -> None:
    """I read the names of languages in mine, and each by its own."""
    assert name_of("de", "fr") == "allemand"
    assert name_of("de", "pt-BR") == "alemão"
    assert name_of("tl", "en") == "Filipino"
    assert name_of("de", "xx") == "German"
    assert name_of("xx", "en") == "xx"
    assert own_name("es") == "Español"
    assert own_name("ka") == "ქართული"
    assert own_name("tr") == "Türkçe"
    assert own_name("xx") == "xx"


def test_flags_are_honest() -> None:
    """No flag stands for two languages, and a language of many countries has none."""
    flags = [flag(tongue) for tongue in TONGUES if flag(tongue)]

    assert flag("ja") == "🇯🇵"
    assert flag("ar") == flag("ca") == flag("eo") == flag("xx") == ""
    assert len(flags) == len(set(flags))


def test_codes_are_as_the_service_takes_them() -> None:
    """A code has two letters, and all are ready before anybody asks."""
    warm()

    assert all(len(code) == 2 and set(code) <= set(string.ascii_lowercase) for code in TONGUES)
    assert list(TONGUES) == sorted(set(TONGUES))
