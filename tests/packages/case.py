"""One thing that was tried with the packages, as `./run packages` prints it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """`found` are figures; `wrong` says in words what is not as promised; `skipped` what this machine could not do."""

    name: str
    found: dict[str, Any] = field(default_factory=dict)
    wrong: str = ""
    skipped: str = ""

    def line(self) -> str:
        body: dict[str, Any] = {"name": self.name, "ok": not self.wrong, **self.found}
        if self.wrong:
            body["wrong"] = self.wrong
        if self.skipped:
            body["skipped"] = self.skipped
        return json.dumps(body, ensure_ascii=False)
