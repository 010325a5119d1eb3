"""What can go wrong with the ledger.

JournalError
├── StorageError        the folder or file can't be used: permissions, a read-only disk
│   ├── StorageFull     no room: try again when there is some
│   └── InUse           another process works on this ledger
├── NewerDatabase       the file was written by a newer version; another try won't help
├── Damaged             the file is not a sound SQLite database
└── CommitFailed        was not written, as a commit before it failed; or for a fault of our own
    └── Unwritable      has no stored form: trying again would never help
"""

from __future__ import annotations


class JournalError(Exception):
    """Anything that keeps the ledger from doing its work."""


class StorageError(JournalError):
    """The storage folder or the database file can't be opened or written."""


class StorageFull(StorageError):
    """The disk, or the budget, is full."""


class InUse(StorageError):
    """Another process has the ledger open: with two writers there would be two truths."""


class NewerDatabase(JournalError):
    """The database has a schema that this version does not know."""


class Damaged(JournalError):
    """The database file is damaged."""


class CommitFailed(JournalError):
    """A group of writes was not committed. The caller must not say that what was in it happened."""


class Unwritable(CommitFailed):
    """Something has no form in which it could be stored. Nothing of it was taken up; trying again would never help."""
