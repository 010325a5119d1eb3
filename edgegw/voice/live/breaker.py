"""A circuit breaker: while the model can't be reached, drivers are told so at once, and a probe tries. Pure."""

from __future__ import annotations

from typing import Final

from edgegw.voice.live.findings import Finding

PROBE_S: Final = 30.0


class Breaker:
    """Closed at first. `failed` opens it; a probe each `probe_s` (half open) closes it again when it `succeeded`."""

    def __init__(self, probe_s: float = PROBE_S) -> None:
        self._probe_s = probe_s
        self.finding: Finding | None = None
        """Why it is open; None: it is closed."""
        self.probe_at: float | None = None

    def failed(self, finding: Finding, now: float) -> None:
        self.finding = finding
        self.probe_at = now + self._probe_s

    def succeeded(self) -> None:
        self.finding = self.probe_at = None
