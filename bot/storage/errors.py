"""What can go wrong between us and the database.

StorageError
├─ MisconfiguredError   the operator named something we cannot open: tell the operator
├─ UnreachableError     the database is not there; nothing was written: try again later
├─ BusyError            no lock or connection in time; nothing was written: try again soon
├─ FullError            no room left; nothing was written: tell the operator, try again later
├─ UncertainError       the connection died during the commit: look before you repeat
├─ CorruptError         not a database, or a damaged one; left as it was: tell the operator
├─ SchemaError          the schema is not this version's: migrate, or run a newer version
├─ FencedError          another worker took the lane over: stop, and touch nothing
└─ KeyMissingError      words were written with a key we were not given: tell the operator

Anything else, such as a broken constraint, is a bug of ours and passes as it is.
"""


class StorageError(Exception):
    """The database did not do what was asked. The text is one sentence for the operator."""


class MisconfiguredError(StorageError):
    """What the operator set, an address, a folder or a key, cannot be used here."""


class UnreachableError(StorageError):
    """No connection could be made or kept. Nothing was written; trying again later may help."""


class BusyError(StorageError):
    """Others held what was needed for too long. Nothing was written; try again soon."""


class FullError(StorageError):
    """There is no room for what was to be written. Nothing was written."""


class UncertainError(StorageError):
    """The connection was lost while committing: it may be written or not. Look first."""


class CorruptError(StorageError):
    """The file is not a database or is damaged. It was not touched."""


class SchemaError(StorageError):
    """The schema in the database is not the one this version works with."""


class FencedError(StorageError):
    """The lane belongs to another worker now. Nothing was written; stop working on it."""


class KeyMissingError(StorageError):
    """The database holds words written with a data key that was not given."""
