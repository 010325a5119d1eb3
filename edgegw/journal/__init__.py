"""The ledger: every fact durable before anyone is told of it, its fold beside it, samples in blocks.

Only the hub commits facts. Start at `journal.Journal`; `store` is the SQLite file (`connection`
opens it), `writer` the group commit, `reader` the reads, `blocks` the samples, `chain` the hashes, `schema/` the SQL,
`inspect` the command line's look into it.
"""

from edgegw.journal.errors import (
    CommitFailed,
    Damaged,
    InUse,
    JournalError,
    NewerDatabase,
    StorageError,
    StorageFull,
    Unwritable,
)
from edgegw.journal.journal import Journal, Position
from edgegw.journal.reader import Reader, StoredBlock, StoredFact, StoredGap

__all__ = [
    "CommitFailed", "Damaged", "InUse", "Journal", "JournalError", "NewerDatabase", "Position", "Reader",
    "StorageError", "StorageFull", "StoredBlock", "StoredFact", "StoredGap", "Unwritable",
]  # fmt: skip
