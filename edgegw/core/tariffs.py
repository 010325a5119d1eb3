"""Tariffs as plain JSON and back: what a SiteConfigured fact carries, so that a bill can be computed again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from edgegw.core.price import tariff_digest
from edgegw.model.site import Site, Tariff, TariffPeriod
from edgegw.model.state import State, Transaction

FREE = Tariff("free", Decimal(0))
"""What a transaction costs when no tariff was in force at its start."""


def to_json(tariff: Tariff) -> Mapping[str, Any]:
    """A tariff as JSON with money as decimal strings, and its digest."""
    return {
        "name": tariff.name,
        "energy_kwh": str(tariff.energy_kwh),
        "session": str(tariff.session),
        "idle_minute": str(tariff.idle_minute),
        "idle_after_s": tariff.idle_after_s,
        "periods": [
            {
                "days": list(period.days),
                "start": period.start.isoformat(),
                "end": period.end.isoformat(),
                "energy_kwh": str(period.energy_kwh),
            }
            for period in tariff.periods
        ],
        "tax_percent": str(tariff.tax_percent),
        "revision": tariff.revision,
        "digest": tariff_digest(tariff),
    }


def from_json(body: Mapping[str, Any]) -> Tariff:
    """The tariff of which `to_json` made `body`."""
    return Tariff(
        name=body["name"],
        energy_kwh=Decimal(body["energy_kwh"]),
        session=Decimal(body["session"]),
        idle_minute=Decimal(body["idle_minute"]),
        idle_after_s=body["idle_after_s"],
        periods=tuple(
            TariffPeriod(
                tuple(period["days"]),
                time.fromisoformat(period["start"]),
                time.fromisoformat(period["end"]),
                Decimal(period["energy_kwh"]),
            )
            for period in body["periods"]
        ),
        tax_percent=Decimal(body["tax_percent"]),
        revision=body["revision"],
    )


def tariff_of(state: State, site: Site, transaction: Transaction) -> Tariff:
    """The price list that was in force when the transaction began, also when the configuration has changed since."""
    current = site.tariffs.get(transaction.tariff)
    if current is not None and tariff_digest(current) == transaction.tariff_digest:
        return current
    kept = state.tariffs.get(transaction.tariff_digest)
    return from_json(kept.tariff) if kept is not None else FREE
