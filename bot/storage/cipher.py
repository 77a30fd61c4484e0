"""Keys for the words people wrote: never in the database, always beside it.

Words are encrypted with Fernet (AES-128-CBC and HMAC-SHA256). Several keys may be given: the first
one writes, all of them read, so a key is rotated by putting a new one in front.
"""

import base64
import hashlib
import hmac
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.storage.errors import KeyMissingError, MisconfiguredError


class Cipher:
    """Turns words into bytes nobody else can read, and back."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("a cipher needs at least one key")
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._digesting = base64.urlsafe_b64decode(keys[0])
        #: Names of the keys that give nothing away of them; the first is the one that writes. They
        #: are of the bytes, because the same key can be written in two alphabets.
        self.fingerprints = tuple(
            hashlib.sha256(base64.urlsafe_b64decode(key)).hexdigest()[:16] for key in keys
        )

    def encrypt(self, content: bytes) -> bytes:
        """The content, unreadable. The same comes out differently each time."""
        return self._fernet.encrypt(content)

    def decrypt(self, data: bytes) -> bytes:
        """The content again. Raises `KeyMissingError` where none of our keys wrote it."""
        try:
            return self._fernet.decrypt(data)
        except InvalidToken:
            raise KeyMissingError("no given data key opens this") from None

    def digest(self, words: str) -> str:
        """64 characters that are the same for the same words, and tell nobody else which.

        They change with the first key.
        """
        return hmac.new(self._digesting, words.encode(), hashlib.sha256).hexdigest()


def load_key(path: Path) -> str | None:
    """The key in this file, or `None` when there is no file.

    Raises `MisconfiguredError` when it cannot be read or holds something else.
    """
    try:
        key = path.read_text("ascii").strip()
        Fernet(key)
    except FileNotFoundError:
        return None
    except ValueError:
        raise MisconfiguredError(
            f"the file {path} does not hold a data key: put the right one back from a backup"
        ) from None
    except OSError as error:
        raise _unusable(path, error) from None
    return key


def make_key(path: Path) -> None:
    """Make a key in this file, readable by its owner alone. A key that is there stays.

    Safe when several processes start at once: one key is made. Raises `MisconfiguredError` when
    the folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path, Fernet.generate_key())
    except OSError as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: OSError) -> MisconfiguredError:
    return MisconfiguredError(
        f"the data key {path} cannot be made or read ({error.strerror}): "
        "make the folder writable for this user, or set DATA_KEY"
    )


def _write_once(path: Path, content: bytes) -> None:
    """Put a whole file in place, or leave the one that somebody else put there first."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # Made with mode 0600.
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()
