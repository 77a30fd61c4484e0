"""What Telegram finds in a text by itself: commands, mentions, hashtags, links, addresses."""

import re
from typing import Any

from bot.sandbox.telegram.utf16 import places

# In this order, so that the dot in an e-mail address does not make it a link. What comes first
# takes its place; TDLib knows every top-level domain, we know the commonest. Every rule looks at
# what is before it first, which keeps long words from being read once for each of their letters.
_RULES = (
    ("url", r"(?<!\w)https?://[^\s<>\"']*[^\s<>\"'.,!?;:)\]]"),
    ("email", r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,}"),
    ("url", r"(?<![\w@./-])(?:[\w-]+\.)+(?:com|org|net|io|dev|app|me|ai|co|de|es|fr)(?![\w.]*\w)"
            r"(?:/[^\s<>\"']*[^\s<>\"'.,!?;:)\]])?"),
    ("mention", r"(?<![\w@])@[A-Za-z]\w{2,31}(?!\w)"),
    ("bot_command", r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z]\w{2,31})?(?![\w/])"),
    ("hashtag", r"(?<!\w)#(?=\w*[^\W\d])\w{1,256}"),
    ("cashtag", r"(?<!\w)\$[A-Z]{1,8}(?!\w)"),
)  # fmt: skip
_PATTERN = re.compile("|".join(f"(?P<{kind}{i}>{p})" for i, (kind, p) in enumerate(_RULES)))
_TELLTALE = re.compile(r"[@/#$.]")


def detect(text: str) -> list[dict[str, Any]]:
    """Return the entities of a text nobody marked up, in order, in UTF-16 units.

    >>> detect("/start now")
    [{'type': 'bot_command', 'offset': 0, 'length': 6}]
    """
    if not _TELLTALE.search(text):
        return []
    place = places(text)
    return [
        {
            "type": str(match.lastgroup).rstrip("0123456789"),
            "offset": place[match.start()],
            "length": place[match.end()] - place[match.start()],
        }
        for match in _PATTERN.finditer(text)
    ]
