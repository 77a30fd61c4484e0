"""Which links of the assistant may be links, and how a reader sees where they lead.

The assistant may have been talked into anything by what it read. So a link shows its host, and only
the web may be linked: `tg://` addresses act inside the reader's Telegram (they add a proxy, join a
chat, name a person by number), and the others Telegram either refuses, with the whole message, or
turns into something else: `mailto:a@b.c` into `http://mailto:a@b.c/`.
"""

import re
from urllib.parse import urlsplit

#: Telegram makes links of these by itself, wherever they are not code.
INNER_SCHEME = r"(?:tg|ton|tonsite)://"

#: http or https, a dotted host, perhaps a port, no user name: narrower than what Telegram accepts.
_WEB = re.compile(
    r"https?://(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_](?:[\w-]*[^\W_])?(?::(?P<port>\d{1,5}))?"
    r"(?:[/?#][^\s\\]*)?",
    re.IGNORECASE,
)
_DOTTED_NAME = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)+")
#: A name has at most 253 characters, and nobody reads longer addresses than this.
_LONGEST = 2048


def is_web(url: str) -> bool:
    """Whether Telegram takes this as the target of a link, and nothing but a page opens."""
    found = _WEB.fullmatch(url) if len(url) <= _LONGEST else None
    return found is not None and 0 < int(found["port"] or 80) <= 65535


def hidden_host(text: str, url: str) -> str:
    """The host behind a link with this text; empty where the text itself names it.

    Only the first name in the text counts: `bank.example/?evil.example` shows the bank.
    """
    host = _bare(urlsplit(url).hostname or "")
    shown = _DOTTED_NAME.search(text)
    return "" if shown and _bare(shown[0]) == host else host


def _bare(host: str) -> str:
    return host.casefold().removeprefix("www.")
