"""How a file of `drivers/stations` becomes a Family, and which families a station has.

Where the files are found: `edgegw.driverfiles`; their form: `schema/station.json`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from edgegw.driverfiles import Catalogue, DriverError, checked, read
from edgegw.model.state import StationQuirks, StationState
from edgegw.stations.quirks import FIELDS, PLAIN, Family, Meaning, Quirk, put_together, recognised

log = logging.getLogger("edgegw.stations")

NONE: Final = "none"
"""The word of the configuration for: as OCPP says, whatever is recognised or learned."""


class Families(Catalogue[Family]):
    """The station drivers of this machine. All of them are read once; one that is wrong costs a line in the log."""

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        super().__init__("stations", "station driver", load, folders)
        self._all: tuple[Family, ...] | None = None

    def of(self, configured: str | None, boot: Mapping[str, str | None]) -> tuple[Family, ...]:
        """The families of a station: the one that the configuration names, else those that its boot fits."""
        if configured == NONE:
            return ()
        if configured is not None:
            return self._named(configured)
        return recognised(self._every(), boot)

    def quirk(self, configured: str | None, seen: StationState | None, learned: StationQuirks | None) -> Quirk:
        """The quirk of a station: by the configuration's word, its last boot and what was learned of it."""
        if configured == NONE:
            return PLAIN
        boot = {field: getattr(seen, field) for field in FIELDS} if seen is not None and seen.booted_at else {}
        families = self.of(configured, boot) if boot or configured is not None else ()
        return put_together(families, [each.quirk for each in learned.learned] if learned is not None else ())

    def _named(self, name: str) -> tuple[Family, ...]:
        try:
            return (self.get(name),)
        except DriverError as error:
            log.warning("%s", error)
            return ()

    def _every(self) -> tuple[Family, ...]:
        if self._all is None:
            self._all = tuple(family for name in self.names() for family in self._named(name))
        return self._all


class StationDrivers:
    """Station drivers as `edgegw drivers list` and `check` show them."""

    def rows(self) -> list[dict[str, Any]]:
        """Each as JSON shows it. Raises DriverError for a file that is wrong."""
        catalogue = Families()
        return [
            {"kind": "station", "name": family.name, "title": family.title, "match": family.match,
             "sources": family.sources, "text": _summary(family)}
            for family in map(catalogue.get, catalogue.names())
        ]  # fmt: skip

    def is_one(self, path: Path) -> bool:
        """Whether a file is meant to be a station driver: it lies among them, or says what it matches."""
        if path.parent.name in ("stations", "meters"):
            return path.parent.name == "stations"
        content = read(path)[1]
        return isinstance(content, dict) and "match" in content

    def check(self, path: Path) -> str:
        """What a good file holds, in a line. Raises DriverError."""
        family = load(path)
        return f"{family.title}: {_summary(family)}"


def _summary(family: Family) -> str:
    does = [key for key in family.does if key != "notes"]
    return ", ".join(does) or "notes alone"


def load(path: Path) -> Family:
    """Read one file. Raises DriverError naming the file, the line and every key that is wrong."""
    content = checked(path, "station.json")
    does: dict[str, Any] = dict(content.get("does", {}))
    for key in ("refused_purposes",):
        if key in does:
            does[key] = tuple(does[key])
    if "meanings" in does:
        does["meanings"] = tuple(_meaning(each) for each in does["meanings"])
    if "notes" in content:
        does["notes"] = tuple(content["notes"])
    return Family(
        name=path.stem,
        title=content["title"],
        match={field: tuple(globs) for field, globs in content["match"].items()},
        does=does,
        sources=tuple(content["sources"]),
    )


def _meaning(told: Mapping[str, Any]) -> Meaning:
    fields: dict[str, Any] = {key: tuple(what) if key == "unit" else what for key, what in told.items()}
    return Meaning(**fields)
