"""What of a message is language, and in which language it is, as far as can be told for nothing.

The letters are asked first. What they leave open is weighed: by the commonest words, by the model
of py3langid where it is installed and loaded, and by who is expected in the first place. Whoever
does not carry nearly all of the weight is not believed: to be unsure costs a call, to be wrong
leaves somebody without a translation.
"""

import math
import re
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, Protocol, cast

from bot.conversation.common_words import speakers
from bot.conversation.lines import folded
from bot.conversation.scripts import WRITERS, possible, script_of
from bot.conversation.tongues import TONGUES

#: Characters of language by which one can tell.
_CONSIDERED: Final = 500
#: Characters of the longest laugh.
_LONGEST_LAUGH: Final = 80

_NO_LANGUAGE = re.compile(
    r"""
      ```.*?(?:```|\Z) | ~~~.*?(?:~~~|\Z) | `[^`\n]+`                     # code
    | \b(?:(?:https?|ftp|tg|ton)://|mailto:|www\.)\S+                     # links
    | (?<![\w.-])(?:[a-z0-9-]+\.)+(?:[a-z]{2,}/\S*|(?:com|org|net|io|me|ru|de|co|app|ai)\b)
    | (?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+                            # addresses
    | (?<![\w/])/[a-z]\w*(?:@\w+)?                                        # commands
    | (?<!\w)[@\#$]\w+                                                    # mentions, hashtags
    | (?<![a-z])[a-z]*\d[a-z0-9.,:/%°+-]*                                 # numbers and units
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
#: What separates words; signs that belong to letters do not.
_BETWEEN = re.compile(
    r"(?:[^\w'’\u0300-\u036f\u064b-\u065f\u0900-\u109f\u1780-\u17d3\u200c\u200d]|_)+"
)
#: What is written alike everywhere, or needs no translation anywhere.
_EVERYWHERE = re.compile(
    r"""
      o+k(?:ay|ey|i+|e)? | okis? | oki?doki? | k+ | l+o+l+ | lmf?ao+ | rofl | omg | wtf | brb | afk
    | gg+ | wp | xd+ | w+o+w+ | [wu]+hu+ | ye+a*h+ | yay+ | y[eu]p | nope
    | np | ty | pls | plz | thx
    | a*(?:h+[aeiou]+){2,}h* | (?:j+[aei]+){2,}j* | (?:rs){2,} | k{2,} | (?:wk)+w* | w{2,}
    | h*m{2,} | hm+ | u+h+ | a+h+ | o+h+ | e+h+ | u+f+f* | pf+ | psst | ps | br+ | grr+ | meh | oops
    | а*(?:х+[аеи]+){2,}х* | о+к(?:ей)? | лол | м{2,} | хм+ | а+га* | ого+ | о{2,} | а{2,}
    | ㅋ+ | ㅎ+ | [ㅠㅜ]+ | ه{2,} | (?:ها){2,} | خ{3,} | 草+ | 笑+ | 哈{2,} | 呵{2,} | 啊{2,}
    | ห{2,}
    """,
    re.VERBOSE | re.IGNORECASE,
)

#: What the model calls by names of its own: varieties that are written, and read, as one language.
_KIN: Final[Mapping[str, str]] = {
    "ary": "ar", "arz": "ar", "nn": "no", "pcm": "en", "wuu": "zh", "yue": "zh",
}  # fmt: skip
#: The languages met in any chat, whoever is in it.
_MET_ANYWHERE: Final = frozenset("ar de en es fa fr hi id it nl pl pt ru tr uk vi".split())  # noqa: SIM905

#: How likely a message is in such a language, against one that is expected.
_ANYWHERE, _RARE = 0.25, 0.05
#: What a common word counts, as an exponent, where no other language has it.
_WORD = 2.5
#: What the model leaves to those whom it would rule out.
_LEFT = 0.002

#: The share of the weight that is believed.
_ENOUGH = 0.9
#: The same of a short message in which no common word speaks for it.
_ENOUGH_FOR_FEW = 0.97
#: Words of a short message; characters where each is nearly a word.
_FEW, _FEW_CHARACTERS = 3, 4


class Model(Protocol):
    """What knows languages by the letters in a row. Read only, so that threads may share it."""

    def rank(self, text: str) -> list[tuple[str, float]]:
        """The shares of all languages it knows, together one."""


#: What was loaded: one for the process, since it is a hundred megabytes and never changes.
_loaded: list[Model] = []
_loading = threading.Lock()


def load() -> Model:
    """The model of py3langid. Takes two seconds."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # It brings numpy along.

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages({*TONGUES, *_KIN} & set(model.labels))
    return cast("Model", model)


def speech_of(text: str, silent: Iterable[tuple[int, int]] = ()) -> str:
    """The words of a message that are language, in one line; empty where nothing can be translated.

    Left out are commands, mentions, hashtags, links, addresses, emoji, numbers, code, and what is
    the same everywhere, such as "ok" and "haha". `silent` are parts that the caller knows to be
    none, as Telegram marks them: each its first character and the one behind its last.
    """
    for begin, end in silent:
        text = text[:begin] + " " * len(text[begin:end]) + text[end:]
    words = _BETWEEN.split(_NO_LANGUAGE.sub(" ", text))
    bare = (word.strip("'’\u200c\u200d") for word in words)
    return " ".join(word for word in bare if word and not _is_the_same_everywhere(word))


def detect(text: str, among: Collection[str]) -> str | None:
    """Which of these tongues a message is in; `None` where that is unsure, or it is in another.

    The first time it waits for the model: call it in a thread.
    """
    return told(text, among, _kept())


def told(text: str, among: Collection[str], model: Model | None) -> str | None:
    """The same, by this model, or by letters and words alone."""
    speech = speech_of(text)[:_CONSIDERED]
    script = script_of(speech)
    expected = frozenset(among)
    if script is None or expected.isdisjoint(WRITERS[script]):
        return None
    able = possible(speech, script)
    if len(able) > 1:
        shares = _shares(speech, model) if model else dict.fromkeys(able, 1 / len(able))
        return _weighed(speech, script, expected, {each: shares.get(each, 0) for each in able})
    return able[0] if able and able[0] in expected else None


def _kept() -> Model:
    if not _loaded:
        with _loading:
            # Somebody else may have loaded it while we waited.
            _loaded.extend([load()] if not _loaded else [])
    return _loaded[0]


def _is_the_same_everywhere(word: str) -> bool:
    return len(word) <= _LONGEST_LAUGH and _EVERYWHERE.fullmatch(word) is not None


def _weighed(
    speech: str, script: str, among: frozenset[str], shares: Mapping[str, float]
) -> str | None:
    """The tongue that carries enough of the weight, if it is among those."""
    words = [folded(word) for word in speech.split()]
    said = _said(words)
    weights = {
        tongue: (share + _LEFT) * math.exp(said[tongue]) * _expected(tongue, among)
        for tongue, share in shares.items()
    }
    best = max(weights, key=weights.__getitem__)
    enough = _ENOUGH
    if not said[best]:
        if script == "Han" and len(speech) <= _FEW_CHARACTERS:
            # Japanese says much in the same two characters.
            enough = math.inf if among.issuperset(shares) else _ENOUGH_FOR_FEW
        elif len(WRITERS[script]) > 2 and len(words) <= _FEW:
            # A word alone may be anybody's name.
            enough = math.inf if len(words) == 1 else _ENOUGH_FOR_FEW
    is_sure = weights[best] >= enough * sum(weights.values())
    return best if is_sure and best in among else None


def _said(words: Iterable[str]) -> Mapping[str, float]:
    """What the common words among these say for each tongue, as an exponent."""
    said: dict[str, float] = defaultdict(float)
    for word in set(words):
        speaking = speakers().get(word, ())
        for tongue in speaking:
            said[tongue] += _WORD / math.sqrt(len(speaking))
    return said


def _expected(tongue: str, among: Collection[str]) -> float:
    if tongue in among:
        return 1
    return _ANYWHERE if tongue in _MET_ANYWHERE else _RARE


def _shares(speech: str, model: Model) -> Mapping[str, float]:
    shares: dict[str, float] = defaultdict(float)
    for name, share in model.rank(speech):
        shares[_KIN.get(name, name)] += share
    return shares
