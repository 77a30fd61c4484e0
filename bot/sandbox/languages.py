"""Which language a text is in, as far as its letters and commonest words tell.

Good enough to let Spanish be spoken by a Spanish voice. It knows the languages of the phrase book
and a few neighbours; what it cannot tell is English.
"""

import re
from collections import Counter

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
)
_LATIN = re.compile(r"[a-zA-Z\u00c0-\u024f]")

# The words and letters that are common in one of these languages and rare in the others.
_TELLTALES = {
    "en": "the and is are you what how to of in my with please this that it hello",
    "es": "el los las y es está qué cómo que del una con por hola mi yo para gracias buenos muy",
    "fr": "le les et est une vous je que des dans bonjour comment ça pour avec mon merci très où",
    "de": "der die das und ist ich nicht ein eine wie was guten mit mein danke bitte wo sie zu",
    "pt": "o os e é um uma você não com obrigado olá como para meu muito bom dia do da onde",
    "it": "il gli e è una che non con per ciao come sono grazie mio dove buongiorno di",
}
_LETTERS = {
    "es": re.compile("[¿¡ñ]"),
    "pt": re.compile("[ãõ]"),
    "de": re.compile("[ßäöü]"),
    "fr": re.compile("[çœèêàù]"),
}
_WORDS = {language: frozenset(words.split()) for language, words in _TELLTALES.items()}


def guess_language(text: str) -> str:
    """Return the ISO 639-1 code of the language most of the text is in, `en` when in doubt."""
    letters = Counter({language: len(script.findall(text)) for language, script in _SCRIPTS})
    if letters["ja"]:
        # Japanese is written with Chinese characters too; Chinese has no kana.
        letters["ja"] += letters.pop("zh")
    language, most = letters.most_common(1)[0]
    return language if most > len(_LATIN.findall(text)) else _guess_latin(text.lower())


def _guess_latin(text: str) -> str:
    words = re.findall(r"[^\W\d_]+", text)
    score = Counter(
        {language: sum(w in known for w in words) for language, known in _WORDS.items()}
    )
    for language, typical in _LETTERS.items():
        score[language] += 2 * len(typical.findall(text))
    language, most = score.most_common(1)[0]
    return language if most else "en"
