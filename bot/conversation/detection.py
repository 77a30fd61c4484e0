"""What of a message is language, and in which language it is, as far as one can tell for nothing.

The letters are asked first, then the commonest words, then a model: py3langid, where it is
installed. Where they do not agree nothing is claimed.
"""

import re
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from importlib import import_module
from typing import Final, Protocol

#: Characters of a text that are looked at.
_CONSIDERED: Final = 1_000

_FENCE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
_NO_LANGUAGE = re.compile(
    r"""
    `[^`\n]+`
    | (?:https?|ftp|tg|ton|mailto):\S+ | www\.\S+
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | (?<![\w/])/[A-Za-z]\w*(?:@\w+)?
    | (?<!\w)[@\#$]\w+
    | (?<!\w)(?:[a-z0-9-]+\.)+(?:com|org|net|io|me|ru|de|co|app|dev|ai|info|tv|ly|gg)\b(?:/\S*)?
    | [A-Za-z]*\d[\dA-Za-z.,:/%°+-]*
    """,
    re.VERBOSE | re.IGNORECASE,
)
#: Anything that is no letter, sign above a letter, or sign within a word.
_SIGNS = re.compile(r"[^\w\s'’\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff\u0f00-\u109f\u1780-\u17ff]|_")
#: What everybody writes and nobody translates.
_EVERYWHERE = re.compile(
    r"ok(?:ay|ey|i|e)?|oki?s|k+|lol+|lmf?ao|rofl|omg|wtf|brb|gg|xd+|a?(?:ha){2,}h?|h+a+h+a+"
    r"|(?:he){2,}|(?:hi){3,}|(?:ja){2,}j?|(?:je){2,}|(?:rs){2,}|w{2,}|k{2,}|wow|mm+|hm+|uh+|ah+|oh+"
    r"|[ао]*(?:ха){2,}х?|(?:хе){2,}|ок|окей|лол|мм+|хм+|ага?|ㅋ+|ㅎ+|ㅠ+|ㅜ+|ههه+|(?:ха)+|草+|笑|哈{2,}|啊+|555+",
    re.IGNORECASE,
)


class _Model(Protocol):
    def rank(self, text: str) -> list[tuple[str, float]]: ...


def speech_of(text: str, silent: Iterable[tuple[int, int]] = ()) -> str:
    """What of a message is language at all, in one line; empty where there is nothing to translate.

    Left out are commands, mentions, hashtags, links, addresses, emoji, numbers, code, and what is
    the same everywhere, such as "ok" and "haha". `silent` are parts, as first and last character
    behind, that somebody knows to be none: what Telegram marks as code, as a link or a mention.
    """
    for begin, end in sorted(silent, reverse=True):
        text = f"{text[:begin]} {text[end:]}"
    plain = _SIGNS.sub(" ", _NO_LANGUAGE.sub(" ", _FENCE.sub(" ", text[:_CONSIDERED])))
    words = [word.strip("'’") for word in plain.split()]
    return " ".join(word for word in words if word and not _EVERYWHERE.fullmatch(word))


def detect(text: str, among: Collection[str]) -> str | None:
    """Which of these tongues a message is in; `None` when that is unsure, or it is in no such one."""
    speech = speech_of(text)
    script = _script(speech)
    if script is None:
        return None
    writers = _WRITERS.get(script, ())
    candidates = [tongue for tongue in among if _script_of(tongue) == script]
    if not candidates:
        return None
    if len(writers) == 1:
        return candidates[0]
    foreign = _LETTERS.get(script, {})
    seen = {tongue for tongue, letters in foreign.items() if letters.search(speech)}
    if seen:
        candidates = [tongue for tongue in candidates if tongue in seen]
        if len(candidates) == 1 and len(seen) == 1:
            return candidates[0]
        if not candidates:
            return None
    return _told(speech, candidates)


def warm() -> None:
    """Load the model, where it is installed, so that nobody waits for it later.

    It takes about a second: call it in a thread.
    """
    _model()


#: The letters of a script, and who writes with it: all of whom we know.
_SCRIPTS: Final[Mapping[str, str]] = {
    "Latin": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
    "Cyrillic": "\u0400-\u052f",
    "Arabic": "\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f",
    "Devanagari": "\u0900-\u097f",
    "Kana": "\u3041-\u30ff\uff66-\uff9d",
    "Han": "\u3400-\u9fff\uf900-\ufaff",
    "Hangul": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7af",
    "Hebrew": "\u05d0-\u05f2",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Thai": "\u0e01-\u0e4e",
    "Lao": "\u0e81-\u0edf",
    "Bengali": "\u0980-\u09ff",
    "Gurmukhi": "\u0a00-\u0a7f",
    "Gujarati": "\u0a80-\u0aff",
    "Odia": "\u0b00-\u0b7f",
    "Tamil": "\u0b80-\u0bff",
    "Telugu": "\u0c00-\u0c7f",
    "Kannada": "\u0c80-\u0cff",
    "Malayalam": "\u0d00-\u0d7f",
    "Sinhala": "\u0d80-\u0dff",
    "Myanmar": "\u1000-\u109f",
    "Khmer": "\u1780-\u17d3",
    "Georgian": "\u10a0-\u10ff\u1c90-\u1cbf",
    "Armenian": "\u0531-\u0587",
    "Ethiopic": "\u1200-\u137f",
}
_LETTER: Final[Mapping[str, re.Pattern[str]]] = {
    script: re.compile(f"[{letters}]") for script, letters in _SCRIPTS.items()
}
_WRITERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Cyrillic": ("be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "tt", "uk"),
    "Arabic": ("ar", "fa", "ps", "sd", "ug", "ur"),
    "Devanagari": ("hi", "mr", "ne"),
    "Kana": ("ja",),
    "Han": ("zh", "ja"),
    "Hangul": ("ko",),
    "Hebrew": ("he", "yi"),
    "Greek": ("el",),
    "Thai": ("th",),
    "Lao": ("lo",),
    "Bengali": ("bn", "as"),
    "Gurmukhi": ("pa",),
    "Gujarati": ("gu",),
    "Odia": ("or",),
    "Tamil": ("ta",),
    "Telugu": ("te",),
    "Kannada": ("kn",),
    "Malayalam": ("ml",),
    "Sinhala": ("si",),
    "Myanmar": ("my",),
    "Khmer": ("km",),
    "Georgian": ("ka",),
    "Armenian": ("hy",),
    "Ethiopic": ("am", "ti"),
}
_SCRIPT_OF: Final[Mapping[str, str]] = {
    tongue: script for script, tongues in _WRITERS.items() for tongue in tongues if tongue != "ja"
} | {"ja": "Kana"}

#: Letters that some of the languages of a script have and others do not.
_LETTERS: Final[Mapping[str, Mapping[str, re.Pattern[str]]]] = {
    "Cyrillic": {"uk": re.compile("[іїєґ]", re.I), "ru": re.compile("[ыэёъ]", re.I)},
    "Arabic": {
        "ur": re.compile("[ٹڈڑںےہھ]"),
        "fa": re.compile("[پچژگ]"),
        "ar": re.compile("[ةىأإآؤئ]"),
    },
}


def _script(speech: str) -> str | None:
    """The script most of it is written in; `None` where there is no letter or no such script."""
    if not speech:
        return None
    if speech.isascii():
        return "Latin"
    counts = Counter({name: len(letter.findall(speech)) for name, letter in _LETTER.items()})
    if counts["Kana"]:
        counts["Kana"] += counts.pop("Han")
    # Names and brands are written in Latin letters everywhere.
    counts["Latin"] //= 2
    (script, most), (_, second) = counts.most_common(2)
    return script if most >= 2 * second and most else None


def _script_of(tongue: str) -> str:
    return _SCRIPT_OF.get(tongue, "Latin")


def _told(speech: str, candidates: list[str]) -> str | None:
    """Which of the candidates it is by its words and the model."""
    model = _model()
    if model is None or len(speech.split()) < 2:
        return None
    ranked = [(tongue, share) for tongue, share in model.rank(speech) if tongue in candidates]
    best = ranked[0] if ranked else None
    total = sum(share for _, share in ranked)
    return best[0] if best and total and best[1] / total >= 0.9 and best[1] >= 0.2 else None


_LOADING = threading.Lock()
_LOADED: list[_Model | None] = []


def _model() -> _Model | None:
    with _LOADING:
        if not _LOADED:
            try:
                langid = import_module("py3langid.langid")
            except ImportError:
                _LOADED.append(None)
            else:
                _LOADED.append(
                    langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
                )
        return _LOADED[0]
