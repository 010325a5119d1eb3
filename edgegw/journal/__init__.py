"""The ledger: every fact durable before anyone is told of it, its fold beside it, samples in blocks.

Only the hub commits facts. Start at `journal.Journal`; `store` is the SQLite file, `writer` the group commit, `reader`
the reads, `blocks` the samples, `chain` the hashes, `schema/` the SQL.
"""

from edgegw.journal.errors import CommitFailed, Damaged, JournalError, NewerDatabase, StorageError, StorageFull
from edgegw.journal.journal import Journal, Position
from edgegw.journal.reader import Reader, StoredBlock, StoredFact

__all__ = [
    "CommitFailed", "Damaged", "Journal", "JournalError", "NewerDatabase", "Position", "Reader", "StorageError",
    "StorageFull", "StoredBlock", "StoredFact",
]  # fmt: skip
