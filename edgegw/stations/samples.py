"""Samples from the `meterValue` lists of a station: the loop over sampled values that every reading goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from edgegw.model.samples import MeterSample
from edgegw.model.site import PHASES, Evse, Phase
from edgegw.stations.codec import Payload, Peer
from edgegw.stations.measurands import ENERGY, LARGEST, MOST_WH, PLAIN, REGISTER, SCALED, SEALED, Key, Table, is_direct
from edgegw.stations.quirks import Meaning, Quirk
from edgegw.stations.spellings import number_in
from edgegw.stations.words import read_time

MAX_PLACES: Final = 5000
"""EVSEs whose wiring is kept; beyond, all are worked out anew."""


@dataclass(slots=True)
class Place:
    """An EVSE of a station as its sampled values need it. `source` and `table` are made from the rest."""

    evses: tuple[Evse, ...]
    reported: tuple[Phase, ...] | None
    quirk: Quirk
    meanings: tuple[Meaning, ...]
    source: str
    table: Table


_table = lru_cache(maxsize=500)(Table)
_places: dict[tuple[str, int], Place] = {}


def place_of(peer: Peer, evse: int) -> Place:
    """The place of an EVSE; one that the configuration does not know, and 0, the station's own meter, has L1 to L3."""
    key = (peer.station, evse)
    place, meanings = _places.get(key), peer.meanings(evse)
    if (
        place is not None
        and place.evses is peer.evses
        and place.reported is peer.reports_phases
        and place.quirk is peer.quirk
        and place.meanings is meanings
    ):
        return place
    known = next((each for each in peer.evses if each.id == evse), None)
    phases = known.phases if known is not None and known.phases else PHASES
    line = known is not None and known.wiring == "line" and len(phases) == 2
    direct = known is not None and is_direct(known)
    if len(_places) >= MAX_PLACES:
        _places.clear()
    reported = peer.reports_phases or (PHASES if peer.quirk.phases_reported == "site" else phases)
    table = _table(phases, reported, line, direct, meanings, peer.quirk.power_from_currents)
    source = f"stations/{peer.station}/{evse}"
    place = _places[key] = Place(peer.evses, peer.reports_phases, peer.quirk, meanings, source, table)
    return place


def key_16(sampled: Payload) -> Key:
    """The Key of a 1.6 SampledValue."""
    get = sampled.get
    return get("measurand"), get("phase"), get("unit"), get("location"), get("format")


def key_2(sampled: Payload) -> Key:
    """The Key of a 2.x SampledValueType."""
    get = sampled.get
    scale = get("unitOfMeasure")
    if scale is None:
        return get("measurand"), get("phase"), None, get("location"), None
    return get("measurand"), get("phase"), scale.get("unit"), get("location"), scale.get("multiplier")


def samples(
    meter_values: Iterable[Payload], place: Place, now: datetime, key_of: Callable[[Payload], Key]
) -> tuple[MeterSample, ...]:
    """One sample for each entry of a `meterValue` list that holds anything known, the newest last.

    An entry whose time cannot be is dated `now` and marked suspect: the value is good, but it may be an old one.
    """
    found = []
    for entry in meter_values:
        values = values_of(entry["sampledValue"], place.table, key_of)
        if values:
            at = read_time(entry["timestamp"])
            found.append(
                MeterSample(place.source, at, values)
                if at is not None
                else MeterSample(place.source, now, values, "suspect")
            )
    if len(found) > 1:
        found.sort(key=_when)
    return tuple(found)


def _when(sample: MeterSample) -> datetime:
    return sample.at


def values_of(sampled: Sequence[Payload], table: Table, key_of: Callable[[Payload], Key]) -> dict[str, float]:
    """The quantities that a list of sampled values holds, by name."""
    values: dict[str, float] = {}
    aside = False
    for each in sampled:
        column = table[key_of(each)]
        if column is None:
            continue
        name, kind, factor, offset = column
        if kind == SEALED:
            continue
        try:
            value = float(each["value"])
        except (ValueError, OverflowError):
            if (number := number_in(str(each["value"]))) is None:  # such as 12,5
                continue
            value = float(number)
        if not -1e12 < value < 1e12:  # also no number at all
            continue
        if kind == PLAIN:
            values[name] = value
        elif kind == ENERGY:
            register = round(value * factor)
            if MOST_WH > register >= values.get(name, 0):  # of several, a terminal that is not connected has the lesser
                values[name] = register
        elif kind == SCALED:
            values[name] = round(value * factor + offset, 6)
        elif kind == LARGEST:
            value = round(value * factor, 6)
            if abs(value) >= abs(values.get(name, 0.0)):
                values[name] = value
        elif abs(value * factor) < MOST_WH:
            values[name] = round(value * factor, 6)
            aside = True
    if aside:
        _settle(values, table)
    if "power_w" not in values and (parts := [values[name] for name in _POWERS if name in values]):
        values["power_w"] = round(sum(parts), 3)
    if table.works_out_power and "power_w" not in values:
        _work_out_power(values)
    if REGISTER not in values:
        registers = [values[name] for name in _REGISTERS if name in values]
        if registers and len(registers) == len(table.phases):
            values[REGISTER] = sum(registers)
    return values


def _work_out_power(values: dict[str, float]) -> None:
    """Volts times amperes of the phases that tell both: more than the real power, as the power factor is not known."""
    parts = [
        values[current] * values[voltage]
        for current, voltage in zip(_CURRENTS, _VOLTAGES, strict=True)
        if current in values and voltage in values
    ]
    if parts:
        values["power_w"] = round(sum(parts), 3)


_CURRENTS: Final = ("current_l1_a", "current_l2_a", "current_l3_a")
_VOLTAGES: Final = ("voltage_l1_v", "voltage_l2_v", "voltage_l3_v")
_POWERS: Final = ("power_l1_w", "power_l2_w", "power_l3_w")
_REGISTERS: Final = ("import_l1_wh", "import_l2_wh", "import_l3_wh")
_FOR_ALL: Final = {"~current": "current_{}_a", "~voltage": "voltage_{}_v"}


def _settle(values: dict[str, float], table: Table) -> None:
    """Give what was put aside its place: `-` is taken off, `~` holds for all phases, `~.../L1` is one part of a sum."""
    for name in [name for name in values if name[0] == "-"]:
        exported = values.pop(name)
        values[name[1:]] = values.get(name[1:], 0.0) - exported
    held = {name: values.pop(name) for name in [name for name in values if name[0] == "~"]}
    groups: dict[str, list[float]] = {}
    for name, value in held.items():
        groups.setdefault(name.partition("/")[0], []).append(value)
    for name, parts in groups.items():
        template = _FOR_ALL.get(name)
        if template is None:
            total = name[1:]
            if total.endswith("_wh"):
                register = round(sum(parts))
                if total not in values and min(parts) >= 0 and register < MOST_WH:
                    values[total] = register
            elif total not in values:
                values[total] = round(sum(parts), 3)
            continue
        names = [template.format(phase.lower()) for phase in table.phases]
        if not any(each in values for each in names):
            values |= dict.fromkeys(names, max(parts, key=abs))
