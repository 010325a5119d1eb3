"""Which start of the machine this is: between two of them a wall clock without a battery is lost."""

from __future__ import annotations

import contextlib
import uuid
from functools import cache
from pathlib import Path

KERNEL = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot_id() -> str:
    """The kernel's boot id (Linux, random(4)); where there is none, an id of this process."""
    with contextlib.suppress(OSError, ValueError):
        return str(uuid.UUID(KERNEL.read_text(encoding="ascii").strip()))
    return str(uuid.uuid4())
