"""Rows about price lists and the times in which they were in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from edgegw.model.value import value


@value(slots=False)
class Ruled:
    """A time in which a price list was in force; `until` None: it is."""

    since: datetime
    until: datetime | None = None


@value(slots=False)
class TariffState:
    """Key: the tariff's digest. A price list that was in force, kept for the bills that rest on it."""

    digest: str
    name: str
    tariff: Mapping[str, Any]
    ruled: tuple[Ruled, ...] = ()
    """When it was in force, in order; empty where that was not written down."""


@value(slots=False)
class NamedTariff:
    """The price list, by name, that a station charges by from `since` on; None: as long as the ledger knows."""

    station: str
    tariff: str
    since: datetime | None = None
