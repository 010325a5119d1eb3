"""Rows about what the gateway keeps at stations: settings, lists, availability."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from edgegw.model.value import value


@value(slots=False)
class ProvisionedState:
    """Key: the station. What became of the settings that the site wishes there: see StationProvisioned."""

    station: str
    at: datetime
    digest: str
    settings: tuple[Mapping[str, Any], ...] = ()


@value(slots=False)
class InventoryState:
    """Key: the station. When it last told all that it is made of: see InventoryTaken."""

    station: str
    at: datetime
    digest: str
    reason: str | None = None


@value(slots=False)
class HeldList:
    """Key: the station. The site's list of id tokens as the station holds it: see LocalListSent."""

    station: str
    at: datetime
    version: int
    digest: str
    entries: int
    reason: str | None = None


@value(slots=False)
class WantedAvailability:
    """Key `{station}/{evse}/{connector}`, 0 for all of them. Whether a place shall be in use."""

    station: str
    evse: int
    connector: int
    operative: bool
    at: datetime
    by: str
