"""Small files that are there whole or not at all, also after a power cut: keys, certificates, passwords, tickets.

Each has its mode from its birth, so that what is secret is never readable for a moment. All raise OSError.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def replace(path: Path, content: bytes, mode: int) -> None:
    """Put a file in place, also in that of another."""
    with _part(path, content, mode) as part:
        part.replace(path)


def create(path: Path, content: bytes, mode: int) -> None:
    """Make a file that never takes the place of another."""
    with (
        _part(path, content, mode) as part,
        contextlib.suppress(FileExistsError),
    ):  # somebody else was first: theirs is it
        path.hardlink_to(part)


@contextlib.contextmanager
def _part(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """`content` under a name of its own, which is gone at the end; the folder's names are on the disk then."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
