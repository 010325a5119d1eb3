"""A hub with a ledger in a temporary folder and a clock that stands still: what a test of a neighbour starts from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from edgegw.hub import Hub
from edgegw.journal import Journal
from edgegw.model.requests import TransactionAnswer, TransactionRequest
from edgegw.model.site import ChargingStation, Connector, Evse, Site, Supply, Tariff, Token
from tests.support.clock import FakeClock, Machine


def a_station(name: str, *phases: str, evses: int = 1, max_a: float = 32.0) -> ChargingStation:
    places = tuple(
        Evse(name, number, max_a, tuple(phases) or ("L1", "L2", "L3"), connectors=(Connector(1, "cType2"),))  # type: ignore[arg-type]
        for number in range(1, evses + 1)
    )
    return ChargingStation(name, f"Vaga {name[-1]}", places)


def a_site(**changed: Any) -> Site:
    """Two stations (CP02 has two EVSEs), one accepted and one blocked card, a flat tariff of 2.00 BRL a kWh."""
    stations = {"CP01": a_station("CP01"), "CP02": a_station("CP02", evses=2)}
    values: dict[str, Any] = {
        "id": "paulista-01",
        "name": "Hub Paulista",
        "timezone": "America/Sao_Paulo",
        "currency": "BRL",
        "stations": stations,
        "supply": Supply(limit_a=63.0),
        "tariffs": {"default": Tariff("default", Decimal("2.00"))},
        "tokens": {"CARD1": Token("CARD1"), "CARD2": Token("CARD2", "blocked")},
    }
    return Site(**values | changed)


@asynccontextmanager
async def a_hub(
    folder: Path,
    clock: FakeClock | None = None,
    site: Site | None = None,
    budget_bytes: int | None = None,
    **options: Any,
) -> AsyncIterator[Hub]:
    """A started hub on `folder`; its housekeeping is driven by `hub.tick()`. A FakeClock is always right, a Machine's
    is believed when there is a reason to."""
    clock = clock or FakeClock()
    site = site or a_site()
    journal = Journal.open(folder, now=clock.now, budget_bytes=budget_bytes)
    told_by = {"clock": clock.site_clock()} if isinstance(clock, Machine) else {}
    hub = Hub(site, journal, now=clock.now, monotonic=clock.monotonic, **told_by, **options)
    await hub.start()
    await hub.configure(site)
    try:
        yield hub
    finally:
        await hub.stop()
        await journal.close()


def start(clock: FakeClock, station: str = "CP01", evse: int = 1, **changed: Any) -> TransactionRequest:
    """A 1.6 StartTransaction now, at 1,000,000 Wh."""
    values: dict[str, Any] = {
        "station": station, "at": clock.now(), "stage": "started", "evse": evse, "connector": 1, "id_token": "CARD1",
        "import_wh": 1_000_000,
    }  # fmt: skip
    return TransactionRequest(**values | changed)


def stop(clock: FakeClock, answer: TransactionAnswer, station: str = "CP01", **changed: Any) -> TransactionRequest:
    """A 1.6 StopTransaction now, 10 kWh later."""
    values: dict[str, Any] = {
        "station": station, "at": clock.now(), "stage": "ended", "evse": None, "reference": str(answer.number),
        "import_wh": 1_010_000, "reason": "local",
    }  # fmt: skip
    return TransactionRequest(**values | changed)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
