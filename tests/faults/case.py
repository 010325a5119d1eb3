"""One fault that was tried, as `./run faults` prints it."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """What was done to the system, whether it came out as promised, and in what numbers one sees it."""

    name: str
    ok: bool
    detail: str

    def line(self) -> str:
        """The case as one line of JSON."""
        return json.dumps({"name": self.name, "ok": self.ok, "detail": self.detail}, ensure_ascii=False)
