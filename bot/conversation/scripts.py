"""Which languages a text can be in by its letters alone.

A script is named as Unicode names it. Many of them have one language that is written with them; in
the others some languages have letters that the rest do not.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.conversation.tongues import TONGUES

#: The letters of each script, and the signs above and below them.
_LETTERS: Final[Mapping[str, str]] = {
    "Latin": "A-Za-zªºÀ-ÖØ-öø-\u02af\u1e00-\u1eff",
    "Cyrillic": "\u0400-\u052f",
    "Arabic": "\u0620-\u065f\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f",
    "Han": "\u3005\u3400-\u9fff\uf900-\ufaff",
    "Kana": "\u3041-\u30fa\u30fc-\u30ff\uff66-\uff9d",
    "Hangul": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7af",
    "Devanagari": "\u0900-\u0963\u0970-\u097f",
    "Hebrew": "\u05b0-\u05f2",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Thai": "\u0e01-\u0e3a\u0e40-\u0e4e",
    "Lao": "\u0e81-\u0ecd\u0edc-\u0edf",
    "Bengali": "\u0980-\u09e3\u09f0\u09f1",
    "Gurmukhi": "\u0a00-\u0a5e\u0a70-\u0a75",
    "Gujarati": "\u0a80-\u0ae3",
    "Odia": "\u0b00-\u0b63\u0b71",
    "Tamil": "\u0b80-\u0bd7",
    "Telugu": "\u0c00-\u0c63",
    "Kannada": "\u0c80-\u0ce3",
    "Malayalam": "\u0d00-\u0d63",
    "Sinhala": "\u0d80-\u0ddf",
    "Myanmar": "\u1000-\u103f\u1050-\u109f",
    "Khmer": "\u1780-\u17d3",
    "Georgian": "\u10a0-\u10ff\u1c90-\u1cbf",
    "Armenian": "\u0531-\u0587",
    "Ethiopic": "\u1200-\u135f",
}
_FINDS: Final[Mapping[str, re.Pattern[str]]] = {
    script: re.compile(f"[{letters}]") for script, letters in _LETTERS.items()
}

#: Words with a capital in them, as names have.
_CAPITALS = re.compile("[a-z]*[A-Z][A-Za-z]*")

#: Who writes with them. Latin letters are everybody else's.
_WRITERS: Final[Mapping[str, str]] = {
    "Cyrillic": "be bg kk ky mk mn ru sr tg tt uk",
    "Arabic": "ar fa ps sd ug ur",
    "Han": "ja zh",
    "Kana": "ja",
    "Hangul": "ko",
    "Devanagari": "hi mr ne",
    "Hebrew": "he yi",
    "Greek": "el",
    "Thai": "th",
    "Lao": "lo",
    "Bengali": "as bn",
    "Gurmukhi": "pa",
    "Gujarati": "gu",
    "Odia": "or",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Sinhala": "si",
    "Myanmar": "my",
    "Khmer": "km",
    "Georgian": "ka",
    "Armenian": "hy",
    "Ethiopic": "am ti",
}

_RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقلمنهوءآأؤئ"
#: All letters of a language, small, where others of its script have more.
_ALPHABETS: Final[Mapping[str, str]] = {
    "be": "абвгдежзйклмнопрстуфхцчшыьэюяёіў",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "kk": _RUSSIAN + "әғқңөұүһі",
    "ky": _RUSSIAN + "ңөү",
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
    "mn": _RUSSIAN + "өү",
    "ru": _RUSSIAN,
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "tg": _RUSSIAN + "ғӣқӯҳҷ",
    "tt": _RUSSIAN + "әөүҗңһ",
    "uk": "абвгґдежзийклмнопрстуфхцчшщьюяєії",
    "ar": _ARABIC + "كيةىإ",
    # Persian is typed on Arabic keyboards, too.
    "fa": _ARABIC + "کیپچژگكيۀة",
    "ps": _ARABIC + "کیپچژگيټډړږښڼېۍګئة",
    "sd": _ARABIC + "يڪڄڃچڇڊڌڍڏٻپڀٺٽٿڦڳڱگڻڙھکہ",
    "ug": "ئابپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىيە",
    "ur": _ARABIC + "کیپچژگٹڈڑںھہےۓةۂ",
}
#: Chinese characters that only one of their two writers uses, or uses in this form.
_OWN_CHARACTERS: Final[Mapping[str, re.Pattern[str]]] = {
    "zh": re.compile(
        "[你妳您她它们們咱谁這这哪怎么麼吗嗎呢吧啊呀哦啦嘛喔很还让讓给别吃跟找刚剛够夠个发见话说說对"
        "时间问题现开关车东动谢电钱样觉认识听爱欢乐买卖难热单应业议钥办]"
    ),
    "ja": re.compile("[込働円駅図気売発対読続価広応帰検権総変経済払絵様択沢囲桜悪歳々峠辻枠]"),
}


def _by_script() -> Mapping[str, tuple[str, ...]]:
    others = {script: tuple(tongues.split()) for script, tongues in _WRITERS.items()}
    taken = {tongue for tongues in others.values() for tongue in tongues}
    return MappingProxyType(
        {"Latin": tuple(tongue for tongue in TONGUES if tongue not in taken)} | others
    )


#: The tongues that are written with each script.
WRITERS: Final[Mapping[str, tuple[str, ...]]] = _by_script()


def script_of(text: str) -> str | None:
    """The script that most of a text is written in; `None` where that is open, or none we know.

    Names and brands are written in Latin letters everywhere, so those count little among others.
    """
    if text.isascii():
        return "Latin" if _FINDS["Latin"].search(text) else None
    counts = {script: float(len(finds.findall(text))) for script, finds in _FINDS.items()}
    if counts["Kana"]:
        # Japanese is written with both, Chinese with one of them.
        counts["Kana"] += counts.pop("Han")
    if sum(counts.values()) > counts["Latin"]:
        counts["Latin"] = len(_FINDS["Latin"].findall(_CAPITALS.sub("", text))) / 2
    most = max(counts, key=counts.__getitem__)
    return most if counts[most] > 2 * (sum(counts.values()) - counts[most]) else None


def possible(text: str, script: str) -> tuple[str, ...]:
    """The tongues that a text of this script can be in, by what its letters rule out."""
    if script == "Latin":
        # Names bring their letters with them: `Ayşe` says nothing of what is said of her.
        return WRITERS[script]
    letters = {letter for letter in _FINDS[script].findall(text.lower()) if letter.isalpha()}
    return tuple(
        tongue
        for tongue in WRITERS[script]
        if letters <= set(_ALPHABETS.get(tongue, letters))
        and not (script == "Han" and _is_only_written_by_others(text, tongue))
    )


def _is_only_written_by_others(text: str, tongue: str) -> bool:
    return any(own.search(text) for other, own in _OWN_CHARACTERS.items() if other != tongue)
