"""SQL, and nothing but SQL: the only memory of the house.

Everything said in here works the same on SQLite and PostgreSQL.
"""

from bot.storage.answers import Answer
from bot.storage.broadcasts import NO_NEWS, UNREACHABLE, Broadcast, Fate, Guests
from bot.storage.chats import Chat
from bot.storage.cipher import Cipher, load_key, make_key
from bot.storage.conversations import Conversation, Place
from bot.storage.copying import Copied, copy
from bot.storage.errors import (
    BusyError,
    CorruptError,
    FencedError,
    FullError,
    KeyMissingError,
    MisconfiguredError,
    SchemaError,
    StorageError,
    UncertainError,
    UnreachableError,
)
from bot.storage.files import File
from bot.storage.inbox import (
    APOLOGISED,
    GIVEN_UP,
    REOPENED,
    TAKEN_ALONG,
    Arrival,
    Backlog,
    Entry,
    HeldLane,
    Hold,
)
from bot.storage.invites import Invite
from bot.storage.menus import Menu
from bot.storage.migrate import upgrade
from bot.storage.numbers import Numbers
from bot.storage.schema import head, look, require_current
from bot.storage.settings import ADMITTED, JSON, OWN_ALLOWANCE
from bot.storage.store import Store, Transaction, open_store, require_keys
from bot.storage.trail import REFUSED, Trail, read_trail
from bot.storage.translations import Original
from bot.storage.url import conninfo, is_sqlite, parse, shown
from bot.storage.usage import Allowance, Used
from bot.storage.users import User
from bot.storage.voice import Spoken, Upload
from bot.storage.writable import require_makeable

__all__ = [
    "ADMITTED",
    "APOLOGISED",
    "GIVEN_UP",
    "JSON",
    "NO_NEWS",
    "OWN_ALLOWANCE",
    "REFUSED",
    "REOPENED",
    "TAKEN_ALONG",
    "UNREACHABLE",
    "Allowance",
    "Answer",
    "Arrival",
    "Backlog",
    "Broadcast",
    "BusyError",
    "Chat",
    "Cipher",
    "Conversation",
    "Copied",
    "CorruptError",
    "Entry",
    "Fate",
    "FencedError",
    "File",
    "FullError",
    "Guests",
    "HeldLane",
    "Hold",
    "Invite",
    "KeyMissingError",
    "Menu",
    "MisconfiguredError",
    "Numbers",
    "Original",
    "Place",
    "SchemaError",
    "Spoken",
    "StorageError",
    "Store",
    "Trail",
    "Transaction",
    "UncertainError",
    "UnreachableError",
    "Upload",
    "Used",
    "User",
    "conninfo",
    "copy",
    "head",
    "is_sqlite",
    "load_key",
    "look",
    "make_key",
    "open_store",
    "parse",
    "read_trail",
    "require_current",
    "require_keys",
    "require_makeable",
    "shown",
    "upgrade",
]
