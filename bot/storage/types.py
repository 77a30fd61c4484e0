"""Four column types that behave alike on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any, NoReturn, cast

from sqlalchemy import ColumnElement, DateTime, Dialect, LargeBinary, String
from sqlalchemy.sql.operators import OperatorType, is_, is_not
from sqlalchemy.types import TypeDecorator

from bot.storage.cipher import Cipher

#: Where the cipher of a database hangs. SQLAlchemy hands a type nothing but the dialect, and each
#: engine has a dialect of its own, so the key travels with the engine and is nobody's global.
_CIPHER = "house_cipher"


def give_cipher(dialect: Dialect, cipher: Cipher) -> None:
    """Let this engine read and write `Words`."""
    setattr(dialect, _CIPHER, cipher)


def cipher_of(dialect: Dialect) -> Cipher:
    """The cipher that was given to this engine."""
    cipher: Cipher = getattr(dialect, _CIPHER)
    return cipher


class _Unreadable(TypeDecorator.Comparator[str]):
    """Stops a statement that would compare what never looks the same twice."""

    def operate(self, op: OperatorType, *other: Any, **options: Any) -> ColumnElement[Any]:
        """Say whether it is NULL; refuse everything else."""
        if op not in {is_, is_not}:
            self._refuse()
        return super().operate(op, *other, **options)

    def reverse_operate(self, op: OperatorType, other: Any, **options: Any) -> NoReturn:
        """Refuse the same from the other side."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise TypeError("the database cannot compare or sort words: they are encrypted")


class Words(TypeDecorator[str]):
    """Text that a person wrote or could be known by: encrypted at rest.

    It cannot be searched or sorted by the database, and a statement that tries is refused. Reading
    raises `KeyMissingError` where the key is not ours.
    """

    impl = LargeBinary
    cache_ok = True
    comparator_factory = _Unreadable

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Encrypt on the way in."""
        return None if value is None else cipher_of(dialect).encrypt(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Decrypt on the way out."""
        return None if value is None else cipher_of(dialect).decrypt(value).decode()


class Sound(TypeDecorator[bytes]):
    """A recording of somebody's words, encrypted at rest as `Words` are."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Encrypt on the way in."""
        return None if value is None else cipher_of(dialect).encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Decrypt on the way out."""
        return None if value is None else cipher_of(dialect).decrypt(value)


class Label(TypeDecorator[str]):
    """A short text of a program's, never of a person's. PostgreSQL's limits hold on SQLite too."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Refuse what PostgreSQL could not hold."""
        longest = cast("String", self.impl_instance).length or 0
        if value is not None and (len(value) > longest or "\0" in value):
            raise ValueError(f"a label here has up to {longest} characters, and no NUL")
        return value


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps no time zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment of unknown zone; bring the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment in UTC, whatever zone the server speaks."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
