"""Options of a test, by their own names, as the values that `StationServer` takes."""

from __future__ import annotations

from typing import Any

from edgegw.stations.quirkfiles import Families
from edgegw.stations.standing import Trust
from edgegw.stations.surroundings import Surroundings

_AROUND = ("timing", "contracts", "taps", "families", "forwarding", "tolerances")
_TRUST = ("passwords", "keys", "station_ca", "not_before_at")


def bundled(hub: Any, **options: Any) -> dict[str, Any]:
    """Keyword arguments of `StationServer`: of its surroundings, its trust, and what it takes as it is."""
    around = {"families": Families()} | {name: options.pop(name) for name in _AROUND if name in options}
    trust = {name: options.pop(name) for name in _TRUST if name in options}
    return {"around": Surroundings(hub, **around), "trust": Trust(**trust), **options}
