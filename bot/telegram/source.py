"""Markdown made ready for the parser: what it would misread or Telegram would refuse.

Two things cannot be left to a CommonMark parser. TeX stands between delimiters it does not know
and is full of signs it takes for markup, so a formula is taken out and a mark left in its place.
And definitions of links (`[1]: https://…`) vanish from the text, so they are kept from being any.
Both use Unicode noncharacters, which no text should contain, and which are removed from ours first.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

import pyromark

OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_GFM
)

#: Keeps from being markup what stands on both sides of it, and goes out before anybody reads.
NOTHING = "\ufdd0"
#: Where a formula stood, and which one.
FORMULA = "\ufdd1(?P<formula>[0-9]+)\ufdd2"

_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?|[\u2028\u2029]")
#: Telegram makes blanks of these control characters …
_BLANK = re.compile("[\x00-\x08\x0b-\x1f]")
#: … and removes these, which turn the direction of a text or strike it out. Noncharacters are ours.
_REMOVED = re.compile("[\u030a\u202a-\u202e\u0333\u033f\ufdd0-\ufdd2]")
#: A character by its number.
_REFERENCE = re.compile(r"&#(?:x(?P<hex>[0-9a-f]{1,6})|(?P<decimal>[0-9]{1,7}));", re.IGNORECASE)

#: A fence of code, possibly quoted or in a list, or a tag of reasoning that begins a line.
_FENCE_OR_REASONING = re.compile(
    r"^(?:(?: {0,3}<(?P<tag>think(?:ing)?)>)"
    r"|[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+(?P<fence>`{3,}+|~{3,}+)(?P<info>.*))",
    re.MULTILINE | re.IGNORECASE,
)

_DELIMITER = re.compile(rb"\\[\[\]()]|\\.|\$\$|\n[ \t]*\n", re.DOTALL)
_CLOSING = {rb"\[": rb"\]", rb"\(": rb"\)", b"$$": b"$$"}
_TEX = re.compile(r"[\\^_{}=+<>]")


@dataclass(frozen=True, slots=True)
class Formula:
    """TeX from the text, without its delimiters."""

    tex: str
    #: Whether it stands by itself and not in a sentence.
    is_display: bool
    #: As it was written.
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """Markdown ready to be parsed, and the formulas that were taken out."""

    markdown: str
    formulas: tuple[Formula, ...]

    def raw(self, text: str) -> str:
        """A piece of it as it was written, for places where formulas are none."""
        text = text.replace(NOTHING, "")
        if not self.formulas:
            return text
        return re.sub(FORMULA, lambda mark: self.formulas[int(mark[1])].source, text)


def prepare(markdown: str) -> Source:
    """Markdown without reasoning and with nothing the parser would drop or Telegram refuse."""
    markdown, formulas = _without_formulas(_without_reasoning(clean(markdown)))
    markdown = _REFERENCE.sub(_only_clean, markdown)
    return Source(markdown.replace("]:", f"]{NOTHING}:"), formulas)


def is_maths(tex: str) -> bool:
    """Whether what stands between dollars is a formula, and not a price and half a sentence."""
    return bool(tex.strip()) and (bool(_TEX.search(tex)) or not re.search(r"\s", tex.strip()))


def clean(markdown: str) -> str:
    """Only characters that Telegram takes and keeps."""
    if _SURROGATE.search(markdown):
        # Halves that belong together become the character they mean, single ones a "?" in a box.
        markdown = markdown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "\u030a" in markdown:
        # Telegram removes the ring of a decomposed "å", and leaves that of a composed one.
        markdown = unicodedata.normalize("NFC", markdown)
    markdown = _LINE_END.sub("\n", markdown)
    return _REMOVED.sub("", _BLANK.sub(" ", markdown))


def _only_clean(reference: re.Match[str]) -> str:
    """A reference, kept from being one where it means what `clean` has just removed."""
    number = int(reference["hex"], 16) if reference["hex"] else int(reference["decimal"])
    character = chr(number) if number <= 0x10FFFF else ""
    is_clean = clean(character) == character
    return reference[0] if is_clean else reference[0].replace("&", f"&{NOTHING}")


def _without_reasoning(markdown: str) -> str:
    """The answer without `<think>…</think>`, closed or not.

    Only a tag that begins a line outside code opens reasoning: an answer *about* the tag stays.
    """
    kept: list[str] = []
    copied = position = 0
    open_fence = ""
    while found := _FENCE_OR_REASONING.search(markdown, position):
        position = found.end()
        fence = found["fence"]
        if fence:
            if not open_fence:
                # Backticks after a fence of backticks make it code in a line.
                open_fence = "" if fence[0] == "`" and "`" in found["info"] else fence
            elif fence.startswith(open_fence) and not found["info"].strip():
                open_fence = ""
        elif not open_fence:
            kept.append(markdown[copied : found.start()])
            closing = re.compile(f"</{found['tag']}>", re.IGNORECASE).search(markdown, position)
            copied = position = closing.end() if closing else len(markdown)
    return "".join(kept) + markdown[copied:]


def _without_formulas(markdown: str) -> tuple[str, tuple[Formula, ...]]:
    r"""The text with a mark for each `\[…\]`, `\(…\)` and `$$…$$` outside code, and the formulas.

    A formula ends in its paragraph. What only looks like one is left alone.
    """
    if "\\[" not in markdown and "\\(" not in markdown and "$$" not in markdown:
        return markdown, ()
    data = markdown.encode()
    code = _code_ranges(markdown)
    starts = [start for start, _ in code]
    kept: list[bytes] = []
    formulas: list[Formula] = []
    copied = 0
    opening: re.Match[bytes] | None = None
    for found in _DELIMITER.finditer(data):
        nearest = bisect_right(starts, found.start()) - 1
        if nearest >= 0 and found.start() < code[nearest][1]:
            opening = None
        elif opening and found[0] == _CLOSING[opening[0]]:
            tex = data[opening.end() : found.start()].decode().strip()
            # `\\[1\\]` is how Markdown writes a bracket, and is no formula without a sign of TeX.
            if _TEX.search(tex) if opening[0] == rb"\[" else is_maths(tex):
                source = data[opening.start() : found.end()].decode()
                kept += data[copied : opening.start()], f"\ufdd1{len(formulas)}\ufdd2".encode()
                formulas.append(Formula(tex, opening[0] != rb"\(", source))
                copied = found.end()
            opening = None
        elif found[0] in _CLOSING and not opening:
            opening = found
        elif found[0].startswith(b"\n"):
            opening = None
    return (b"".join(kept) + data[copied:]).decode(), tuple(formulas)


def _code_ranges(markdown: str) -> list[tuple[int, int]]:
    """Where code stands, in bytes, in order."""
    ranges = []
    for event, where in pyromark.events_with_range(markdown, options=OPTIONS):
        match event:
            case {"Code": _} | {"Start": {"CodeBlock": _}}:
                ranges.append((where["start"], where["end"]))
    return ranges
