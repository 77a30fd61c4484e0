"""Whether a text with a parse mode would be refused. It is not converted: the text stays as it is.

Simulated are the mistakes bots make: tags that do not fit or are unknown in HTML, reserved
characters and open entities in MarkdownV2. Nested syntax, links and `Markdown` (the old one) are
not looked into. Whoever sends texts with a parse mode sees them raw here.
"""

import re

from bot.sandbox.telegram.refusals import Refusal, bad

_TAG = re.compile(r"<(/?)([a-zA-Z-]+)[^<>]*>|<")
_TAGS = frozenset(
    ("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote")
) | {"span", "tg-spoiler", "tg-emoji", "tg-time"}
_RESERVED = frozenset(".!#+-=|{}>()[]")
_PAIRS = (("```", "Pre"), ("__", "Underline"), ("||", "Spoiler"), ("`", "Code"), ("*", "Bold"),
          ("_", "Italic"), ("~", "Strikethrough"))  # fmt: skip
_LINK = re.compile(r"!?\[[^\[\]]*\]\([^()\s]+\)")


def check_markup(text: str, parse_mode: str) -> None:
    """Raise the `Refusal` of the real server for a text it could not parse."""
    mode = parse_mode.lower()
    if mode not in ("html", "markdownv2", "markdown"):
        raise bad("unsupported parse_mode")
    if mode == "html":
        _check_html(text)
    elif mode == "markdownv2":
        _check_markdown(text)


def _check_html(text: str) -> None:
    open_tags: list[str] = []
    for match in _TAG.finditer(text):
        ends, tag = match.group(1), (match.group(2) or "").lower()
        where = f"at byte offset {len(text[: match.start()].encode())}"
        if not ends and tag not in _TAGS:
            raise _broken(f'Unsupported start tag "{tag}" {where}')
        if not ends:
            open_tags.append(tag)
        elif not open_tags:
            raise _broken(f"Unexpected end tag {where}")
        elif (expected := open_tags.pop()) != tag:
            raise _broken(f'Unmatched end tag {where}, expected "</{expected}>", found "</{tag}>"')
    if open_tags:
        raise _broken(f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')


def _check_markdown(text: str) -> None:
    # Links and escaped characters are taken out; what is left must be plain or come in pairs.
    bare = _LINK.sub(lambda m: "x" * len(m.group()), re.sub(r"\\.", "xx", text, flags=re.DOTALL))
    open_entities: dict[str, int] = {}
    place = 0
    while place < len(bare):
        mark = next((m for m, _ in _PAIRS if bare.startswith(m, place)), "")
        inside_code = open_entities.keys() & {"`", "```"}
        if mark and not (inside_code and mark not in inside_code):
            if open_entities.pop(mark, None) is None:
                open_entities[mark] = place
        elif not inside_code and bare[place] in _RESERVED and not _quotes(bare, place):
            raise _broken(
                f"Character '{bare[place]}' is reserved and must be escaped with the preceding '\\'"
            )
        place += len(mark) or 1
    if open_entities:
        mark, start = next(reversed(open_entities.items()))
        offset = len(text[:start].encode())
        name = dict(_PAIRS)[mark]
        raise _broken(f"Can't find end of {name} entity at byte offset {offset}")


def _quotes(text: str, place: int) -> bool:
    return text[place] == ">" and (place == 0 or text[place - 1] == "\n")


def _broken(why: str) -> Refusal:
    return bad(f"can't parse entities: {why}")
