"""What can go wrong with the ledger.

JournalError
├── StorageError        the folder or file can't be used: permissions, a read-only disk
│   └── StorageFull     no room: try again when there is some
├── NewerDatabase       the file was written by a newer version; another try won't help
├── Damaged             the file is not a sound SQLite database
└── CommitFailed        a commit failed; whether it is durable after all is known after a reload
"""

from __future__ import annotations


class JournalError(Exception):
    """Anything that keeps the ledger from doing its work."""


class StorageError(JournalError):
    """The storage folder or the database file can't be opened or written."""


class StorageFull(StorageError):
    """The disk, or the budget, is full."""


class NewerDatabase(JournalError):
    """The database has a schema that this version does not know."""


class Damaged(JournalError):
    """The database file is damaged."""


class CommitFailed(JournalError):
    """A group of writes did not commit. The caller must not say that what was in it happened."""
