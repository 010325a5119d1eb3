"""One fault that was tried, as `./run faults` prints it."""

import json
from dataclasses import dataclass, field

SHOWN = 10


@dataclass(frozen=True)
class Case:
    """What was done to the system, what it had promised by then, what was found afterwards.

    `injected` counts the faults by kind; `acknowledged` what somebody had been answered for; `found` the same as it
    lies in ledger and cloud. `wrong` says in words where the two differ: when it is empty, all came out as promised.
    `skipped` says what this machine could not do.
    """

    name: str
    injected: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, int | str] = field(default_factory=dict)
    found: dict[str, int | str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    skipped: str = ""

    @property
    def ok(self) -> bool:
        return not self.wrong

    def line(self) -> str:
        """The case as one line of JSON."""
        body = {
            "name": self.name,
            "ok": self.ok,
            "injected": self.injected,
            "acknowledged": self.acknowledged,
            "found": self.found,
        }
        if self.wrong:
            body["wrong"] = [
                *self.wrong[:SHOWN],
                *([f"and {len(self.wrong) - SHOWN} more"] if self.wrong[SHOWN:] else []),
            ]
        if self.skipped:
            body["skipped"] = self.skipped
        return json.dumps(body, ensure_ascii=False)
