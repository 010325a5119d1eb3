"""A new ledger in the place of a damaged one: built beside it and renamed, so a power cut on the way costs nothing.

journal.salvage.part ──whole──► journal.salvage.db      journal.db ─► journal.damaged-TIME.db (with its -wal)
                                     └───────────────────► journal.db
"""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path

from edgegw.journal.memo import settle_folder


def finish(path: Path) -> None:
    """Before a ledger is opened: end an exchange that a power cut has cut off. Raises OSError."""
    remove(part_of(path))
    if whole_of(path).exists():
        if path.exists():
            remove(whole_of(path))  # nothing was exchanged yet
        else:
            exchange(path, path.with_name(f"{path.stem}.damaged-{secrets.token_hex(4)}.db"))


def set_aside(path: Path) -> list[Path]:
    """The damaged ledgers beside `path`, oldest first."""
    return sorted(path.parent.glob(f"{path.stem}.damaged-*.db"))


def part_of(path: Path) -> Path:
    """Where the new file is built."""
    return path.with_name(f"{path.stem}.salvage.part")


def whole_of(path: Path) -> Path:
    """Where the new file lies once it is whole."""
    return path.with_name(f"{path.stem}.salvage.db")


def exchange(path: Path, aside: Path) -> None:
    """Put the ledger at `path` aside, with its log, and the whole new one in its place. Raises OSError."""
    # The database first: without it in place the log that belongs to it is never taken for that of the new one.
    for suffix in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(f"{path.name}{suffix}").replace(aside.with_name(f"{aside.name}{suffix}"))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    settle_folder(path.parent)
    whole_of(path).replace(path)
    settle_folder(path.parent)


def remove(database: Path) -> None:
    """Delete a database with all that lies beside it. Raises OSError."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        database.with_name(f"{database.name}{suffix}").unlink(missing_ok=True)
