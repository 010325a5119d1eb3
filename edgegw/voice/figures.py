"""Numbers of this process, for the hub's /metrics."""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping
from pathlib import Path


class Figures:
    """Counted since the process began."""

    def __init__(self) -> None:
        self._counts: dict[str, float] = {}

    def count(self, name: str, by: float = 1) -> None:
        """One more of `name`."""
        self._counts[name] = self._counts.get(name, 0) + by

    def line(self, counters: Mapping[str, float]) -> None:
        """What one dialogue's line to the model has counted."""
        self.count("reconnects", max(0.0, counters.get("sessions", 0) - 1))

    def sound(self, **numbers: float) -> None:
        """What the sound card's parts have counted so far."""
        self._counts.update(numbers)

    def taken(self, **others: float) -> dict[str, float]:
        """All of them, with memory and CPU time of now, and `others` that somebody else counts."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        cpu_seconds = usage.ru_utime + usage.ru_stime
        return {**self._counts, "memory_bytes": _resident_bytes(), "cpu_seconds": cpu_seconds, **others}


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
