"""How a file of `drivers/stations` becomes a Family, and which families a station has.

Where the files are found: `edgegw.driverfiles`; their form: `schema/station.json`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from edgegw.driverfiles import Catalogue, DriverError, checked
from edgegw.stations.quirks import Family, Meaning, recognised

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
    return Meaning(**{key: tuple(what) if key == "unit" else what for key, what in told.items()})
