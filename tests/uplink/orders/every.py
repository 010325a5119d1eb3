"""The orders of all modules, one after another."""

from __future__ import annotations

from tests.uplink.orders import charging, devices, stations, upkeep
from tests.uplink.orders.order import Order


def orders(version: str) -> list[Order]:
    """Every command that a station of this version carries out; what resets the station stands last."""
    modules = (
        charging,
        upkeep,
        devices,
        stations,
    )
    return [order for module in modules for order in module.orders(version)]
