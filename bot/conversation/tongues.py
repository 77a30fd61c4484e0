"""The languages that one can translate into, and how people call them.

A tongue is a code of two letters, as OnDemand's translation service takes it. A variety is its
language: `es-MX` is `es`. Names come from Unicode's CLDR, by way of Babel, in each of the
languages: `allemand`, `немецкий`, `ドイツ語`. They are read when a name is first looked for, which
takes half a second of processor time; `warm` does that, in a thread. Codes need none of it.

What begins a text may be a language before it or a word of it. These rules decide in `leading`:

- All there is, or what a colon follows, is a language where it can be one: `no`, `it: Hello`.
- A code is one, unless it is an ordinary word and the text goes on as it does behind that word:
  `es Hello` and `it Hello` begin with languages, `es ist kalt` and `it is raining` with words.
- A code that nearly anything can follow as a word, such as `no`, `is`, `my`, and one of three
  letters, is one in capitals, with a country, before another script, or before a common word that
  begins with a capital: `no Hello`, but not `no I will not`.
- A name is one where it is the language's own or stands in one of the languages that most people
  write, unless the text goes on with what is said of languages: `Spanish is easy`.
- What begins with a colon is text: `: French fries`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import islice
from typing import Final

from bot.conversation.common_words import speakers
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
        to into in a al en au vers l le auf ins nach zu em para o het naar na в на по v do po på
        till til îns în la ke dalam bahasa sang στα σε به ب إلى الى kwa
        language idioma lengua langue sprache lingua língua taal язык языке язика мову мовою język
        jazyk språk kieli keel keeles keelde valoda valodā kalba dili dilinə diline dilinde тілі
        ye ya yi में मे को میں کو زبان لغة اللغة
        """
    ).split()
)

#: Where a name stands before a text without more ado, it is one of these languages' or its own.
_USUAL: Final = frozenset(
    """
    ar de en es fa fr hi it ja ko nl pl pt ru tr uk ur zh zh_Hant
    """.split()  # noqa: SIM905 - As above.
)
#: Names in these languages that are other words or people before they are languages.
_ORDINARY: Final = frozenset({"dan", "dari", "fin", "frans", "lets"})

#: Codes that are words which nearly anything can follow.
_OPEN: Final = frozenset(
    """
    am as az be el et eu ha he hi is la lo my ne no or si so ta te yo
    """.split()  # noqa: SIM905 - As above.
)
#: Codes that are words, and what follows them where they are.
_FOLLOWED: Final[Mapping[str, frozenset[str]]] = {
    code: frozenset(map(folded, words.split()))
    for code, words in {
        "ca": "va marche fait alors me te c'est depend vient",
        "da": "ist sind war bin hast hab haben kommt kann gibt dove quando un igual nu",
        "de": "nada rien la las los el un una acuerdo donde que quoi toute man trein het mi tu su "
        "verdad hecho fato novo manera repente todos todo",
        "en": "la las los el un una mi tu su este esta ese esa casa realidad serio que cuanto "
        "fait effet plus tout ce cas vrai train attendant de het een dan ik jij nu hoe wat toen",
        "es": "un una el la los las lo que muy mi tu verdad cierto decir mejor posible para por de "
        "ist war gibt geht tut hat wird sind regnet macht kommt kann sieht gut schlimm toi pas ou",
        "fa": "caldo freddo bene male schifo parte",
        "id": "like love rather say",
        "it": "is isn't was wasn't will won't would has hasn't had can can't could couldn't should "
        "does doesn't did didn't must may might looks seems sounds works takes makes means depends "
        "really just all also never always still only goes went comes came got gets feels",
        "ja": "ich wir du er das ist klar genau bitte gerne aber und hoor dat ik mam nie jestem",
        "uk": "is has was government weather",
        "ur": "late welcome so not right the my mom going",
        "vi": "ses är har kan ska er skal må",
    }.items()
}
#: What follows a language of which something is said.
_SAID_OF_LANGUAGES: Final = frozenset(
    folded(
        """
        is isn't are was were has have can and or language food people es son era fue y
        est sont était et ist sind war und è era é são foi jest это и есть
        """
    ).split()
)

_SIGNS = re.compile(r"[\s\-–—_'’‘ʻʼ´`.,;!?()«»\"“”„]+")
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z]{4})?(?:[-_]([a-z]{2}|\d{3}))?", re.IGNORECASE)
_COLONS = ":："
_TOKEN = re.compile(rf"[^\s{_COLONS}]+[{_COLONS}]?|[{_COLONS}]")
#: The English word that is always written with a capital.
_I = frozenset({"I", "I'", "I’"})
_BASIC = re.compile(r"[\x00-\u024f\u2000-\u206f]*")

#: Words of the longest name, with what stands before and behind it.
_LONGEST_NAME = 5
#: Characters that a name has at most.
_CONSIDERED = 60


def named(words: str) -> str | None:
    """The tongue that these words name, in any language or as a code; `None` where they name none.

    Accents and capitals aside, and with what people put around a name: `en español`, `на русском`.
    The first name that is no code waits for `warm`, so ask for it in a thread where that matters.
    """
    if len(words) > _CONSIDERED:
        return None
    return _coded(words.strip()) or _called(words)


def nearest(words: str, most: int = 3) -> tuple[str, ...]:
    """The tongues whose names look most like these words, the nearest first."""
    wanted = _bare(words[:_CONSIDERED])
    names = _names()
    near = [name for name in names.usual if abs(len(name) - len(wanted)) <= 3]
    found = get_close_matches(wanted, near, n=max(most, 1) * 5, cutoff=0.7)
    return tuple(dict.fromkeys(names.tongues[name] for name in found))[: max(most, 0)]


def leading(words: str) -> tuple[str | None, str]:
    """The tongue that these words begin with, and the rest; all of them where they begin with none.

    `es Hello`, `en español: Hello`, `brazilian portuguese Hello`. The rules stand above.
    """
    text = words.strip()
    if text.startswith(tuple(_COLONS)):
        return None, text[1:].lstrip()
    ends = [token.end() for token in islice(_TOKEN.finditer(text), _LONGEST_NAME)]
    for end in reversed(ends):
        begins, rest = text[:end], text[end:].lstrip()
        if begins[-1] in _COLONS:
            begins, is_parted = begins[:-1], True
        elif rest.startswith(tuple(_COLONS)):
            rest, is_parted = rest[1:].lstrip(), True
        else:
            is_parted = not rest
        tongue = named(begins)
        if tongue and (is_parted or not _goes_on(begins, rest)):
            return tongue, rest
    return None, text


def name_of(code: str, language: str) -> str:
    """How this language calls a tongue; in English where it has no name for it."""
    for locale in (_main(language), "en"):
        name = _languages(locale).get(_cldr(code))
        if name:
            return name
    return code


def own_name(code: str) -> str:
    """How a tongue calls itself, as it stands at the beginning of a line; else its code."""
    name = _languages(_cldr(code)).get(_cldr(code))
    return name[:1].title() + name[1:] if name else code


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
    # `so-so` and `hi-fi` are words; `hi-IN` is not.
    is_word = main in _OPEN and tag[2] is not None and tag[2].islower()
    return main if main in TONGUES and not is_word else None


def _called(words: str) -> str | None:
    """The tongue of a name, with or without what stands around it."""
    return _names().tongues.get(_core(words))


def _core(words: str) -> str:
    """The name in these words, without what stands around it."""
    tongues = _names().tongues
    parts = _bare(words).split()
    while parts and " ".join(parts) not in tongues:
        if parts[0] in _FILLERS:
            del parts[0]
        elif parts[-1] in _FILLERS:
            del parts[-1]
        else:
            break
    return " ".join(parts)


def _goes_on(begins: str, rest: str) -> bool:
    """Whether the words are the beginning of a sentence rather than a language before one."""
    first = rest.split(maxsplit=1)[0]
    following = folded(first.strip(".,;:!?…"))
    if not _coded(begins):
        return following in _SAID_OF_LANGUAGES or _core(begins) not in _names().usual
    code = _main(begins)
    if following in _FOLLOWED.get(code, ()):
        return True
    is_word = code in _OPEN or len(code) > 2
    if not is_word or begins.isupper() or not begins.isalpha():
        return False
    is_another_script = not _BASIC.fullmatch(first)
    is_a_beginning = first[0].isupper() and first[:2] not in _I and following in speakers()
    return not (is_another_script or is_a_beginning)


def _bare(words: str) -> str:
    return " ".join(_SIGNS.sub(" ", folded(words)).split())


def _main(tag: str) -> str:
    return re.split("[-_]", tag.lower(), maxsplit=1)[0]


def _cldr(code: str) -> str:
    return {"tl": "fil"}.get(code, code)


@dataclass(frozen=True, slots=True)
class _Names:
    """All names, bare of accents, capitals and signs."""

    #: The tongue that each of them names.
    tongues: Mapping[str, str]
    #: Those that stand in the languages most people write, and what each tongue calls itself.
    usual: frozenset[str]


@cache
def _names() -> _Names:
    locales = {*map(_cldr, TONGUES), *_USUAL, "sr_Latn"}
    everywhere = {locale: _languages(locale) for locale in sorted(locales)}
    tongues: dict[str, str] = {}
    usual: set[str] = set()
    for tongue in TONGUES:
        own = everywhere[_cldr(tongue)].get(_cldr(tongue), tongue)
        for name in map(_bare, (own, *_ALSO.get(tongue, "").split())):
            tongues.setdefault(name, tongue)
            usual.add(name)
    for locale in sorted(everywhere, key=lambda locale: (locale not in _USUAL, locale)):
        for key, name in everywhere[locale].items():
            for form in map(_bare, _forms(locale, name)):
                tongues.setdefault(form, _tongue_of(key))
                if locale in _USUAL:
                    usual.add(form)
    usual -= _ORDINARY
    return _Names(tongues, frozenset(usual))


def _forms(locale: str, name: str) -> Iterator[str]:
    yield name
    for locales, ending, forms in _BENT:
        if locale in locales.split():
            for form in forms.split():
                bent, count = re.subn(ending, form, name, count=1)
                if count:
                    yield bent


@lru_cache(256)
def _languages(locale: str) -> Mapping[str, str]:
    """How the language of a locale calls the others; empty where CLDR does not know it."""
    # Babel is read when a name is first needed: a bot that starts needs none.
    from babel.core import Locale, UnknownLocaleError
    from babel.localedata import clear_caches

    try:
        languages = Locale.parse(locale).languages
        return {key: name for key, name in languages.items() if _tongue_of(key) in TONGUES}
    except (UnknownLocaleError, ValueError):
        return {}
    finally:
        # It would keep all that it read: the days of the week, currencies, plurals.
        clear_caches()


def _tongue_of(key: str) -> str:
    """The tongue that CLDR's key of a language or a variety means, if any."""
    main = key.split("_")[0]
    return _ALIASES.get(main, main)
