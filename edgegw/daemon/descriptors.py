"""How many files and sockets the process may have open: as many as it is let, and a word when these are too few."""

from __future__ import annotations

import contextlib
import resource
from typing import Final

OURS: Final = 256
"""What the ledger, the listeners, the page's readers and the logs have open, with room to spare."""


def raised() -> int:
    """Raise the soft limit to the hard one, as most systems start a process with 1024; the limit then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return soft


def too_few(limit: int, stations: int) -> str | None:
    """What to tell the installer of a site of so many stations with this limit; None when it is enough.

    Each station may have two connections: the one that it lost, until that is noticed, and the one it came back with.
    """
    needed = 2 * stations + OURS
    if limit == resource.RLIM_INFINITY or limit >= needed:
        return None
    return (
        f"only {limit} files and sockets may be open, and {stations} stations need {needed}: "
        "raise LimitNOFILE of the service, or ulimit -Hn"
    )
