"""Facts of what the gateway keeps at stations: settings, the local list, and what is out of use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class StationProvisioned(StationFact):
    """What became of the settings that the site wishes at a station: told when it is other than before.

    Each of `settings` has the `setting` by its name in the site's file, `status` and, where it is known, `value`.
    `status`: `in_place` (the station had it), `set`, `limited` (set as far as the station takes it), `reboot_required`
    (set, and so after its next restart), `refused`, `read_only`, or `lacking` (the station has no such setting).
    `digest` is of what was wished and of the firmware: as long as it is the same, what was refused is not asked again.
    """

    type: ClassVar[str] = "station_provisioned"
    shown: ClassVar[tuple[str, ...] | None] = ("settings",)

    digest: str
    settings: tuple[Mapping[str, Any], ...]


@value(kw_only=True)
class LocalListSent(StationFact):
    """A station holds the site's list of id tokens as of `digest`, under `version`, as far as `entries` fit in.

    With a `reason` it did not take it: `not_supported` until its firmware is another one.
    """

    type: ClassVar[str] = "local_list_sent"
    shown: ClassVar[tuple[str, ...] | None] = ("version", "entries", "reason")

    version: int
    digest: str
    entries: int
    update: str | None = None
    """`full` or `differential`; None when nothing was taken."""
    reason: str | None = None


@value(kw_only=True)
class AvailabilityWanted(StationFact):
    """Somebody wants a station (`evse` 0), EVSE or connector (`connector` 0: all of the EVSE's) in use or out of it.

    A station that restarts is told again. `by` is who wants it.
    """

    type: ClassVar[str] = "availability_wanted"
    shown: ClassVar[tuple[str, ...] | None] = ("operative",)

    operative: bool
    evse: int = 0
    connector: int = 0
    by: str


@value(kw_only=True)
class InventoryTaken(StationFact):
    """A station has told all that it is made of, or will not, for `reason`. `digest` is of what runs on it: as long as
    it is the same, the station is not asked again."""

    type: ClassVar[str] = "inventory_taken"
    shown: ClassVar[tuple[str, ...] | None] = ()

    digest: str
    reason: str | None = None
