"""What of the configuration money and limits depend on, as the SiteConfigured fact carries it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from edgegw.core.tariffs import to_json
from edgegw.model.site import Site


def configured(site: Site) -> tuple[str, Mapping[str, Any]]:
    """(digest, configuration): SHA-256 in hex over the configuration's canonical JSON (sorted keys, no spaces)."""
    supply = site.supply
    configuration: dict[str, Any] = {
        "currency": site.currency,
        "timezone": site.timezone,
        "strategy": site.strategy,
        "stations": {
            station.id: {
                "circuit": station.circuit,
                "priority": station.priority,
                "tariff": station.tariff,
                "evses": [
                    {
                        "id": evse.id,
                        "max_a": evse.max_a,
                        "phases": list(evse.phases),
                        "wiring": evse.wiring,
                        **({"auto": True} if evse.auto else {}),
                    }
                    for evse in station.evses
                ],
            }
            for station in site.stations.values()
        },
        "supply": None
        if supply is None
        else {
            "phases": supply.phases,
            "voltage_v": supply.voltage_v,
            "limit_a": supply.limit_a,
            "building_max_a": supply.building_max_a,
            "margin_a": supply.margin_a,
            "fallback_a": supply.fallback_a,
            "demand_limit_w": supply.demand_limit_w,
            "circuits": [
                {"id": circuit.id, "limit_a": circuit.limit_a, "parent": circuit.parent} for circuit in supply.circuits
            ],
        },
        "tariffs": {name: to_json(tariff) for name, tariff in site.tariffs.items()},
    }
    canonical = json.dumps(configuration, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest(), configuration
