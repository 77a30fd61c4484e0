"""How the things in an answer are worded for a listener: named, read, or left out."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Names:
    """How the things that are not read out are called in the listener's language."""

    code: str
    #: With `{language}`: the name of a programming language.
    code_in: str
    table: str
    #: With `{host}`: where it leads.
    link: str
    picture: str
    formula: str


#: Noncharacters, which no text should contain, are ours: a formula stood there, in a line or alone.
_FORMULA, DISPLAY = "\ufdd1", "\ufdd2"
_MARK = re.compile(f"[{_FORMULA}{DISPLAY}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Definitions of links, and the marks of those of notes.
_DEFINITION = re.compile(
    r"^[ \u00a0]{0,3}\[[^\[\]\n]+\]:[ \t]*(?:<?(?:https?://|www\.).*$)?",
    re.MULTILINE | re.IGNORECASE,
)
_DELIMITER = re.compile(r"`+|\\[\[\]()]|\\.|\$\$?|\n[ \t]*\n", re.DOTALL)
_CLOSING = {r"\[": r"\]", r"\(": r"\)", "$$": "$$", "$": "$"}
_TEX = re.compile(r"[\\^_{}=+<>]")


def prepare(markdown: str) -> str:
    """Markdown with nothing in it the parser would misread or refuse."""
    if _SURROGATE.search(markdown):
        markdown = markdown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    markdown = _DEFINITION.sub("", _MARK.sub("", markdown))
    return _without_formulas(markdown) if "$" in markdown or "\\" in markdown else markdown


def _without_formulas(markdown: str) -> str:
    """The text with a mark for each formula outside code."""
    kept: list[str] = []
    copied = 0
    code = ""
    opening: re.Match[str] | None = None
    for found in _DELIMITER.finditer(markdown):
        mark = found[0]
        if code or mark[0] == "`":
            code = "" if mark == code else code or mark
        elif mark[0] == "\n":
            opening = None
        elif opening and mark == _CLOSING[opening[0]]:
            tex = markdown[opening.end() : found.start()]
            if _is_maths(tex, opening[0], markdown[found.end() : found.end() + 1]):
                word = tex.strip()
                sign = _FORMULA if opening[0] in ("$", r"\(") else DISPLAY
                kept += markdown[copied : opening.start()], word if word.isalnum() else sign
                copied = found.end()
                opening = None
            else:
                opening = found if mark == "$" else None
        elif mark in _CLOSING and (not opening or opening[0] == "$"):
            opening = found
    return "".join(kept) + markdown[copied:]


def _is_maths(tex: str, opening: str, following: str) -> bool:
    """Whether this is a formula, and not a price and half a sentence, or an escaped bracket."""
    if not tex.strip() or (
        opening == "$" and (tex[0].isspace() or tex[-1].isspace() or following.isalnum())
    ):
        return False
    return bool(_TEX.search(tex)) or (opening != r"\[" and not re.search(r"\s", tex.strip()))


_WORDS_IN_CODE = re.compile(r"[^\W_][\w.+#-]{0,29}(?:\(\w{0,29}\))?(?: [^\W_][\w.+#-]{0,29})?")
#: `my_list.pop(0)` is "my list.pop 0".
_NO_SIGNS = str.maketrans("_()", "   ")


def word_code(code: str) -> str:
    """Code in a line as a person would say it, if they would."""
    if not _WORDS_IN_CODE.fullmatch(code):
        return ""
    return " ".join(code.translate(_NO_SIGNS).split())


_LANGUAGE = re.compile(r"[A-Za-z][\w+#.-]{0,20}")
#: Languages whose names are not written as they are in fences.
_LANGUAGES = {
    "asm": "Assembler",
    "bash": "Bash",
    "cpp": "C++",
    "cs": "C#",
    "csharp": "C#",
    "graphql": "GraphQL",
    "javascript": "JavaScript",
    "js": "JavaScript",
    "jsx": "JavaScript",
    "latex": "LaTeX",
    "matlab": "MATLAB",
    "md": "Markdown",
    "objc": "Objective-C",
    "powershell": "PowerShell",
    "py": "Python",
    "python3": "Python",
    "rb": "Ruby",
    "rs": "Rust",
    "sh": "Shell",
    "ts": "TypeScript",
    "tsx": "TypeScript",
    "typescript": "TypeScript",
    "yml": "YAML",
    **{name.lower(): name for name in ("CSS", "HTML", "JSON", "PHP", "SQL", "TOML", "XML", "YAML")},
}
_NO_LANGUAGE = frozenset({"code", "output", "plain", "plaintext", "text", "txt"})


def name_code(info: str, names: Names) -> str:
    """A block of code named, by what its fence says."""
    found = _LANGUAGE.match(info.strip())
    if not found or found[0].lower() in _NO_LANGUAGE:
        return names.code
    language = found[0]
    spoken = _LANGUAGES.get(language.lower(), language[0].upper() + language[1:])
    return names.code_in.format(language=spoken)


#: Control and format characters; not the joiners, which words of many scripts are written with.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_BLANKS = re.compile("[^\\S\u00a0\u202f]+")
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[A-Za-z][^<>]*>", re.DOTALL)
#: A comparison such as `x<y and y>z` looks like a tag, but not like one that people write.
_INLINE_TAG = re.compile(
    r"<!--.*-->|</?(?P<name>[a-z][a-z0-9-]*)(?:\s+[\w:-]+=[^>]*)?\s*/?>", re.DOTALL | re.IGNORECASE
)
_URL = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"，。！？、（）】」]+", re.IGNORECASE)
_REFERENCE = re.compile(r"\[(?!\d{1,3}\])([^\[\]]+)\]\[[^\[\]]*\]")
_NUMBER = re.compile(r"\s*\[?\^?\d{1,3}\]?\s*")
_CITATION = re.compile(
    r" ?(?:\[(?:\^[^\[\]\s]{1,40}|\d{1,3}(?:[ ,–-]{1,2}\d{1,3})*)\]|【(?:\d|[^【】]*†)[^【】]*】)"
)
_EMOJI = "\u2300-\u23ff\u25aa-\u25fe\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
#: With what makes one emoji of several, or gives it a colour.
_EMOJIS = re.compile(f" ?[{_EMOJI}](?:[{_EMOJI}\ufe0f\u200d\u20e3\U000e0020-\U000e007f] ?)*")
_CLOSE_SIGNS = tuple(".,;:!?…)")
#: Marks that found no partner, and the rest of an emoji that was a digit.
_STRAY = re.compile(r"(?<![\w*])[*_]++(?=\w)|(?<=[^\W_])[*_]++(?!\w)|\*\*+|~~+|[`\ufe0f\u20e3]")


def _gap(tag: re.Match[str]) -> str:
    """What is left of a tag: only `<br>` parts words."""
    return " " if (tag["name"] or "").lower() == "br" else ""


def _blank(emojis: re.Match[str]) -> str:
    """What is left of emoji: a blank, but not in front of a sign that follows a word closely."""
    return "" if emojis.string.startswith(_CLOSE_SIGNS, emojis.end()) else " "


def clean(text: str, names: Names) -> str:
    """Words without what only serves the eye."""
    text = _BLANKS.sub(" ", _INVISIBLE.sub("", text))
    text = _URL.sub(lambda url: _name_in_words(url[0], names), text)
    text = _CITATION.sub("", _REFERENCE.sub(r"\1", text))
    text = _EMOJIS.sub(_blank, text)
    text = _STRAY.sub("", text).replace(_FORMULA, names.formula)
    return _BLANKS.sub(" ", text).strip()


def _name_in_words(url: str, names: Names) -> str:
    """An address named, and the signs behind it that are not its own."""
    bare = url.rstrip(".,;:!?…'*_)]")
    if bare.count("(") > bare.count(")") and url[len(bare) :].startswith(")"):
        bare += ")"
    return name_link(bare, names) + url[len(bare) :]


def is_web(url: str) -> bool:
    """Whether an address leads to the web, and so has a host to be named by."""
    return bool(_URL.match(url))


def is_citation(words: str) -> bool:
    """Whether the words of a link are only the number of a source."""
    return bool(_NUMBER.fullmatch(words))


def without_tags(html: str) -> str:
    """The text of a block of HTML."""
    return _TAG.sub(" ", html)


def without_inline_tag(html: str) -> str:
    """What is to be read of what the parser takes for a tag in a line."""
    return _INLINE_TAG.sub(_gap, html)


def name_link(url: str, names: Names) -> str:
    """A link named by its host."""
    try:
        host = urlsplit(url if "://" in url else f"https://{url}").hostname or ""
    except ValueError:  # It only looks like an address.
        host = ""
    return names.link.format(host=host.removeprefix("www."))
