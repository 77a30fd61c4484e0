"""The languages that one can translate into, and how people call them.

A tongue is a code of two letters, as OnDemand's translation service takes it. A variety is its
language: `es-MX` is `es`. Names come from Unicode's CLDR, by way of Babel, in each of the
languages: `allemand`, `немецкий`, `ドイツ語`. They are read when a name is first looked for, which
takes most of a second of processor time; `warm` does that, in a thread. Codes need none of it.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import Final

from bot.conversation.lines import folded

#: All of them.
TONGUES: Final[tuple[str, ...]] = tuple(
    """
    af am ar as az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu ha he hi hr hu hy
    id ig is it ja jv ka kk km kn ko ku ky la lb lo lt lv mg mk ml mn mr ms mt my ne nl no or pa pl
    ps pt ro ru rw sd si sk sl sn so sq sr sv sw ta te tg th ti tk tl tr tt ug uk ur uz vi xh yi yo
    zh zu
    """.split()  # noqa: SIM905 - One a line would be a hundred lines.
)

#: Codes that people and Telegram's apps use for one of them, beside those of three letters.
_ALIASES: Final[Mapping[str, str]] = {
    "fil": "tl", "iw": "he", "nb": "no", "nn": "no", "sh": "sr", "yue": "zh",
    "cn": "zh", "cz": "cs", "gr": "el", "jp": "ja", "kr": "ko", "ua": "uk",
}  # fmt: skip

#: Where a country is the language's own, or the one that gave it its name. None is another's.
_FLAGS: Final[Mapping[str, str]] = {
    "af": "ZA", "am": "ET", "az": "AZ", "be": "BY", "bg": "BG", "bn": "BD", "bs": "BA", "cs": "CZ",
    "da": "DK", "de": "DE", "el": "GR", "en": "GB", "es": "ES", "et": "EE", "fa": "IR", "fi": "FI",
    "fr": "FR", "ga": "IE", "he": "IL", "hi": "IN", "hr": "HR", "hu": "HU", "hy": "AM", "id": "ID",
    "is": "IS", "it": "IT", "ja": "JP", "ka": "GE", "kk": "KZ", "km": "KH", "ko": "KR", "ky": "KG",
    "lb": "LU", "lo": "LA", "lt": "LT", "lv": "LV", "mg": "MG", "mk": "MK", "mn": "MN", "ms": "MY",
    "mt": "MT", "my": "MM", "ne": "NP", "nl": "NL", "no": "NO", "pl": "PL", "ps": "AF", "pt": "PT",
    "ro": "RO", "ru": "RU", "rw": "RW", "si": "LK", "sk": "SK", "sl": "SI", "so": "SO", "sq": "AL",
    "sr": "RS", "sv": "SE", "tg": "TJ", "th": "TH", "tk": "TM", "tl": "PH", "tr": "TR", "uk": "UA",
    "ur": "PK", "uz": "UZ", "vi": "VN", "zh": "CN",
}  # fmt: skip

#: Other names than CLDR's.
_ALSO: Final[Mapping[str, str]] = {
    "bn": "bengali",
    "cs": "czech",
    "de": "německy nemecky",
    "el": "hellenic",
    "es": "castilian castellano",
    "fa": "farsi фарси",
    "he": "ivrit иврите",
    "hi": "हिंदी",
    "id": "bahasa",
    "ja": "nihongo",
    "ko": "hangul hangugeo",
    "ku": "kurmanji sorani",
    "ky": "kirghiz",
    "my": "myanmar",
    "nl": "flemish vlaams",
    "no": "bokmål nynorsk",
    "or": "oriya",
    "ps": "pashtu pushto",
    "ro": "moldovan românește",
    "si": "sinhalese",
    "tl": "tagalog pilipino",
    "ug": "uighur",
    "zh": "mandarin putonghua 普通话 普通話 国语 國語 汉语 漢語 華語 华语",
}

#: How languages bend the names of languages after "in" and "into".
_BENT: Final[tuple[tuple[str, str, str], ...]] = (
    ("ar", r"^ال", "بال لل"),
    ("be", r"ая$", "ай ую"),
    ("cs sk", r"ština$", "sky štině štiny štinu štine"),
    ("cs sk", r"čtina$", "cky čtině čtiny čtinu čtine"),
    ("cs sk", r"čina$", "čině činy činu čine"),
    ("de", r"sch$", "sche schen"),
    ("fi", r"$", "ksi"),
    ("fi", r"nti$", "nniksi"),
    ("fi", r"i$", "eksi"),
    ("he", r"^", "ל ב"),
    ("hu", r"$", "ul ül ra re"),
    ("hu", r"a$", "ául ára"),
    ("ja", r"$", "に で へ"),
    ("ko", r"$", "로 으로"),
    ("pl", r"ki$", "ku kiego"),
    ("ru", r"ий$", "ом и ого"),
    ("sl", r"ščina$", "ščino ščini ško"),
    ("th", r"^", "ภาษา เป็นภาษา"),
    ("tr", r"([cç][ea])$", r"\1ye \1ya \1yi \1yı"),
    ("uk", r"ка$", "кою ку кій"),
    ("zh", r"语$", "文"),
    ("zh_Hant", r"文$", "語"),
    ("zh zh_Hant", r"^", "用 成 到 翻译成 译成 译为 翻譯成 譯成"),
)

#: Words before or behind a name that say no more than "in", "into" or "language".
_FILLERS: Final = frozenset(
    folded(
        """
        to into in the a al en au vers l le auf ins nach zu em para o het naar na в на по v do po på
        till til îns în la ke dalam bahasa sang στα σε به ب إلى الى kwa
        language idioma lengua langue sprache lingua língua taal язык языке язика мову мовою język
        jazyk språk kieli keel keeles keelde valoda valodā kalba dili dilinə diline dilinde тілі
        ye ya yi में मे को میں کو زبان لغة اللغة
        """
    ).split()
)

_SIGNS = re.compile(r"[\s\-–—_'’‘ʻʼ´`.,;:!?()«»\"“”„]+")
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z]{4})?(?:[-_](?:[a-z]{2}|\d{3}))?", re.IGNORECASE)
_TOKEN = re.compile(r"\S+")

#: Words of the longest name, with what stands before and behind it.
_LONGEST_NAME = 5
#: Characters that a name has at most.
_CONSIDERED = 60


def named(words: str) -> str | None:
    """The tongue that these words name, in any language or as a code; `None` where they name none.

    Accents and capitals aside, and with what people put around a name: `en español`, `на русском`.
    """
    if len(words) > _CONSIDERED:
        return None
    return _coded(words.strip()) or _called(words)


def nearest(words: str, most: int = 3) -> tuple[str, ...]:
    """The tongues whose names look most like these words, the nearest first."""
    wanted = _bare(words[:_CONSIDERED])
    if not wanted or most < 1:
        return ()
    near = [name for name in _names() if abs(len(name) - len(wanted)) <= 3]
    found = get_close_matches(wanted, near, n=most * 4, cutoff=0.6)
    return tuple(dict.fromkeys(_names()[name] for name in found))[:most]


def leading(words: str) -> tuple[str | None, str]:
    """The tongue that these words begin with, and the rest; all of them where they begin with none.

    `es Hello`, `en español: Hello`, `brazilian portuguese Hello`.
    """
    text = words.strip()
    if text.startswith((":", "：")):
        return None, text[1:].strip()
    ends = [token.end() for token in islice(_TOKEN.finditer(text), _LONGEST_NAME)]
    for end in reversed(ends):
        begins, rest = text[:end], text[end:].strip()
        is_parted = begins.endswith((":", "：")) or rest.startswith((":", "："))
        tongue = named(begins.rstrip(":："))
        if tongue and (is_parted or not rest or not _goes_on(begins, rest)):
            return tongue, rest.lstrip(":：").strip() if is_parted else rest
    return None, text


def name_of(code: str, language: str) -> str:
    """How this language calls a tongue; in English where it has no name for it."""
    for locale in (_main(language), "en"):
        name = _languages(locale).get(_cldr(code))
        if name:
            return name
    return code


def own_name(code: str) -> str:
    """How a tongue calls itself, as it stands at the beginning of a line."""
    name = _languages(_cldr(code)).get(_cldr(code), code)
    return name[:1].title() + name[1:]


def flag(code: str) -> str:
    """A flag for little room; empty where no country's would be honest."""
    return "".join(chr(ord(letter) + 0x1F1A5) for letter in _FLAGS.get(code, ""))


def warm() -> None:
    """Read all names, so that nobody waits for them later."""
    _names()


def _coded(word: str) -> str | None:
    """The tongue of a code, with or without script and country."""
    tag = _TAG.fullmatch(word)
    if tag is None:
        return None
    main = tag[1].lower()
    if len(main) == 3:
        from babel.core import get_global

        main = _ALIASES.get(main) or get_global("language_aliases").get(main, main)
    main = _ALIASES.get(main, main)
    return main if main in TONGUES else None


def _called(words: str) -> str | None:
    """The tongue of a name, with or without what stands around it."""
    names = _names()
    parts = _bare(words).split()
    while parts:
        tongue = names.get(" ".join(parts))
        if tongue:
            return tongue
        if parts[0] in _FILLERS:
            del parts[0]
        elif parts[-1] in _FILLERS:
            del parts[-1]
        else:
            return None
    return None


_COPULAS = re.compile("is|are|was|were|and|or|has|have|can|es|son|est|sont|ist|sind|und|e")
#: What follows a code that is a word of a language, where it is that word.
_WORDS: Final[Mapping[str, str]] = {
    "am": r".*", "as": r".*", "be": r".*", "he": r".*", "is": r".*", "my": r".*", "no": r".*",
    "or": r".*", "so": r".*",
    "it": r"(?:is|was|will|has|had|can|could|would|should|does|doesn|isn|won|must|may|seems)\b.*",
}  # fmt: skip


def _goes_on(begins: str, rest: str) -> bool:
    """Whether the words are the beginning of a sentence rather than a language before one."""
    following = folded(rest.split(maxsplit=1)[0])
    pattern = _WORDS.get(begins)
    if pattern:
        return re.fullmatch(pattern, rest, re.DOTALL) is not None
    return len(begins) > 3 and _COPULAS.fullmatch(following) is not None


def _bare(words: str) -> str:
    return " ".join(_SIGNS.sub(" ", folded(words)).split())


def _main(tag: str) -> str:
    return re.split("[-_]", tag.lower(), maxsplit=1)[0]


def _cldr(code: str) -> str:
    return {"tl": "fil"}.get(code, code)


@cache
def _names() -> Mapping[str, str]:
    """Every name, bare, and the tongue it names."""
    names: dict[str, str] = {}
    locales = (*map(_cldr, TONGUES), "zh_Hant", "sr_Latn")
    everywhere = {locale: _languages(locale) for locale in locales}
    for tongue in TONGUES:
        names.setdefault(_bare(everywhere[_cldr(tongue)].get(_cldr(tongue), "")), tongue)
        for name in _ALSO.get(tongue, "").split():
            names.setdefault(_bare(name), tongue)
    for locale, languages in everywhere.items():
        for key, name in languages.items():
            tongue = _ALIASES.get(main := key.split("_")[0], main)
            if tongue in TONGUES:
                for form in _forms(locale, name):
                    names.setdefault(_bare(form), tongue)
    names.pop("", None)
    return names


def _forms(locale: str, name: str) -> Iterator[str]:
    yield name
    for locales, ending, forms in _BENT:
        if locale in locales.split():
            for form in forms.split():
                bent, count = re.subn(ending, form, name, count=1)
                if count:
                    yield bent


@cache
def _languages(locale: str) -> Mapping[str, str]:
    """How the language of a locale calls the others; empty where CLDR does not know it."""
    # Babel is read when a name is first needed: a bot that starts needs none.
    from babel.core import Locale, UnknownLocaleError
    from babel.localedata import clear_caches

    try:
        languages = Locale.parse(locale).languages
    except (UnknownLocaleError, ValueError):
        return {}
    try:
        known = {*map(_cldr, TONGUES), *_ALIASES}
        return {key: name for key, name in languages.items() if key.split("_")[0] in known}
    finally:
        # It would keep all it read for ever: days of the week, currencies, plurals.
        clear_caches()
