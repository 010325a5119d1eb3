"""One measured figure, as `./run bench` prints it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """A value measured in this run, beside what it must reach and what others reached in the same run.

    `beside` holds the same quantity, in the same unit, of each peer or yardstick. `target` is None for a figure that is
    only kept in view.
    """

    name: str
    value: float
    unit: str
    target: float | None
    ok: bool
    beside: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def at_most(
        cls, name: str, value: float, unit: str, target: float, beside: Mapping[str, float] | None = None
    ) -> "Figure":
        """A figure that must not pass its target."""
        return cls(name, value, unit, target, value <= target, beside or {})

    @classmethod
    def at_least(
        cls, name: str, value: float, unit: str, target: float, beside: Mapping[str, float] | None = None
    ) -> "Figure":
        """A figure that must reach its target."""
        return cls(name, value, unit, target, value >= target, beside or {})

    @classmethod
    def seen(cls, name: str, value: float, unit: str, beside: Mapping[str, float] | None = None) -> "Figure":
        """A figure without a target."""
        return cls(name, value, unit, None, True, beside or {})

    def line(self) -> str:
        """The figure as one line of JSON, with four significant digits."""
        return json.dumps(
            {
                "name": self.name,
                "value": _rounded(self.value),
                "unit": self.unit,
                "target": self.target,
                "ok": self.ok,
                "beside": {peer: _rounded(value) for peer, value in self.beside.items()},
            }
        )


def _rounded(value: float) -> float:
    return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")
