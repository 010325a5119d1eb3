"""Rows about the gateway itself, its meters and its ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from edgegw.model.state.tariffs import NamedTariff
from edgegw.model.value import value


@value(slots=False)
class MeterState:
    """Key: the meter's id."""

    id: str
    stale: bool
    at: datetime
    reason: str | None = None
    identity: str | None = None


@value(slots=False)
class ParkedEvent:
    """Key: stream, epoch and sequence, with `/` between. An event that the broker does not take, and why."""

    stream: Literal["A", "B"]
    epoch: str
    sequence: int
    at: datetime
    event: str | None
    reason: str


@value(slots=False)
class SiteState:
    """Key: always `site`."""

    digest: str | None = None
    fallback: str | None = None
    """Why the load loop is in fallback, None when it is not."""
    storage: Literal["pressed", "full"] | None = None
    """How short room is in the ledger: see StoragePressed; None when there is enough."""
    charges_by: tuple[NamedTariff, ...] | None = None
    """Stations that charge, or charged, by another list than `default`, in order; None: not written down yet."""
