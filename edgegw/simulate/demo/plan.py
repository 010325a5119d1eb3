"""The demo's site: its configuration, its stations and its cars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegw.simulate.car import Car
from edgegw.simulate.site import Spot, Visit
from edgegw.simulate.world import PHASES, Building

SITE: Final = "demo"
VOLTAGE_V: Final = 127.0
ROW: Final = "row-b"

INSTALLED: Final = (
    Spot("CP01", "1.6", PHASES),
    Spot("CP02", "1.6", ("L2",)),
    Spot("CP03", "2.0.1", ("L2", "L3", "L1")),
    Spot("CP04", "2.0.1", ("L1", "L2"), line=True),
    Spot("CP05", "2.1", ("L3", "L1", "L2")),
    Spot("CP06", "2.1", ("L3",)),
)
"""Two stations of each version; CP03 and CP05 with rotated terminals, CP04 at 220 V between two phases."""

IN_ROW: Final = ("CP05", "CP06")
"""Stations behind the feeder that the second meter watches."""

REMOTE: Final = "CP06"
"""Its car is started from the control socket, as a kiosk would."""

CARDS: Final = {station: f"04A1B2C{n}" for n, station in enumerate(spot.id for spot in INSTALLED)}


@dataclass(frozen=True, slots=True)
class Ports:
    stations: int
    web: int
    broker: int
    grid: int
    row: int


def building() -> Building:
    return Building(20.0, most_a=30.0, seed=7)


def configuration(folder: Path, ports: Ports, *, web: Sequence[str] = (), more: Sequence[str] = ()) -> str:
    """The installer's file of this site; `web` are further lines of that section, `more` further sections."""
    lines = [
        "# The demo's site, made by `edgegw demo`.",
        f"site: {{id: {SITE}, name: Hub Demo, timezone: America/Sao_Paulo, currency: BRL}}",
        f"storage: {{path: '{_quoted(folder / 'data')}', linger: 2s}}",
        "ocpp:",
        f"  listen: [{{address: 127.0.0.1, port: {ports.stations}}}]",
        "  unknown_stations: reject",
        "  heartbeat: 30s",
        "stations:",
    ]
    for number, spot in enumerate(INSTALLED, 1):
        wiring = ", wiring: line" if spot.line else ""
        circuit = f", circuit: {ROW}" if spot.id in IN_ROW else ""
        lines += [
            f"  - {{id: {spot.id}, name: Vaga {number}, tariff: day{circuit}, evses: [{{id: 1, max_a: {spot.max_a:g}, "
            f"phases: [{', '.join(spot.phases)}]{wiring}}}]}}"
        ]
    lines += [
        "meters:",
        "  - {id: grid, measures: supply, driver: eastron-sdm630, "
        f"connection: {{host: 127.0.0.1, port: {ports.grid}}}, every: 1s}}",
        f"  - {{id: {ROW}, measures: 'circuit:{ROW}', driver: carlo-gavazzi-em340, "
        f"connection: {{host: 127.0.0.1, port: {ports.row}}}, every: 1s}}",
        "supply:",
        "  phases: 3",
        f"  voltage_v: {VOLTAGE_V:g}",
        "  limit_a: 125",
        "  building_max_a: 30",
        "  margin_a: 2",
        f"  circuits: [{{id: {ROW}, parent: main, limit_a: 32}}]",
        "authorization:",
        f"  tokens: '{_quoted(folder / 'tokens.yaml')}'",
        "tariffs:",
        '  default: {energy_kwh: "1.89"}',
        '  day: {energy_kwh: "1.89", session: "0.50"}',
        "uplink:",
        f"  brokers: ['mqtt://127.0.0.1:{ports.broker}']",
        "web:",
        f"  listen: 127.0.0.1:{ports.web}",
        f"  control: '{_quoted(folder / 'control.sock')}'",
        *web,
        *more,
        "log: {level: info}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def tokens() -> str:
    """The local list of cards."""
    return "".join(f"{card}: accepted\n" for card in CARDS.values())


def visits(lasts_s: float, haste: float) -> list[Visit]:
    """Who comes when, of a demo that lasts `lasts_s` seconds: one car leaves early and another takes its place, one is
    nearly full, one is started from afar."""
    full, half = 60_000.0, 40_000.0

    def car(soc: float, phases: int = 3, capacity_wh: float = full, max_a: float = 32.0) -> Car:
        return Car(capacity_wh, soc, max_a, phases, haste)

    return [
        Visit("CP01", car(0.41), CARDS["CP01"], 0.0),
        Visit("CP02", car(0.988, 1, 30_000.0), CARDS["CP02"], 0.5),
        Visit("CP03", car(0.35), CARDS["CP03"], 1.0, stays_s=0.3 * lasts_s),
        Visit("CP04", car(0.66, 1, half), CARDS["CP04"], 1.5),
        Visit("CP05", car(0.22, 3, full, 16.0), CARDS["CP05"], 2.0),
        Visit(REMOTE, car(0.52, 1, half), CARDS[REMOTE], 2.5, shows_card=False),
        Visit("CP03", car(0.58, 1, half), CARDS["CP05"], 0.3 * lasts_s + 4.0),
    ]
