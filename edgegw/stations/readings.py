"""Registers that money rests on, from a station's sampled values: with their context and, byte for byte, the station's
signature.

1.6 sends a signed value as a sampled value of its own, whose text is the signed document and not a number (section 7,
ValueFormat SignedData); the register stands beside it as a raw value, else in the document itself when that is OCMF
(Open Charge Metering Format 1.0), else the caller knows it. 2.x sends number and signature together (2.0.1 part 2,
SignedMeterValueType).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import orjson

from edgegw.model.requests import Reading, Signature
from edgegw.stations.codec import Payload
from edgegw.stations.evidence import signature_of
from edgegw.stations.measurands import MOST_WH, REGISTER, SEALED, Key, Table
from edgegw.stations.samples import values_of
from edgegw.stations.words import read_time

Context = Literal["begin", "end", "periodic"]

_CONTEXTS: Final[Mapping[str, Context]] = {"Transaction.Begin": "begin", "Transaction.End": "end"}

_OCMF_WH: Final = {"wh": 1.0, "kwh": 1e3}


def is_signed_16(meter_values: Iterable[Payload]) -> bool:
    """Whether a 1.6 `meterValue` list holds a signed value."""
    for entry in meter_values:  # a loop, as a generator takes twice as long and this is asked of every reading
        for each in entry["sampledValue"]:
            if each.get("format") == "SignedData":
                return True
    return False


def is_signed_2(meter_values: Iterable[Payload]) -> bool:
    """Whether a 2.x `meterValue` list holds a signed value."""
    return any("signedMeterValue" in each for entry in meter_values for each in entry["sampledValue"])


def readings(
    meter_values: Iterable[Payload],
    table: Table,
    otherwise_at: datetime,
    key_of: Callable[[Payload], Key],
    *,
    known_wh: Mapping[Context, int] | None = None,
    only_signed: bool = False,
) -> tuple[Reading, ...]:
    """The import registers of a `meterValue` list. `otherwise_at` dates an entry without a usable time; `known_wh` is
    what the message itself says of the register at begin and end, for a signature with no number beside it."""
    found: list[Reading] = []
    for entry in meter_values:
        sampled = entry["sampledValue"]
        at = read_time(entry["timestamp"]) or otherwise_at
        plain: dict[Context, Reading] = {}
        sealed: list[tuple[Context, str]] = []
        for each in sampled:
            column = table[key_of(each)]
            if column is None or column.name != REGISTER:
                continue
            context = _CONTEXTS.get(each.get("context", ""), "periodic")
            if column.kind == SEALED:
                sealed.append((context, str(each["value"])))
                continue
            import_wh = values_of((each,), table, key_of).get(REGISTER)
            if import_wh is not None:
                plain[context] = Reading(at, int(import_wh), context, *_signed(each))
        for context, signed in sealed:
            beside = plain.pop(context, None) or next(iter(plain.values()), None)
            register = _ocmf_wh(signed, context) if beside is None else beside.import_wh
            if register is None:
                register = (known_wh or {}).get(context)
            if register is not None:
                found.append(Reading(at, register, context, signed))
        if not plain and not sealed and not only_signed:
            register_of_phases = values_of(sampled, table, key_of).get(REGISTER)
            if register_of_phases is not None:
                context = _CONTEXTS.get(sampled[0].get("context", ""), "periodic")
                found.append(Reading(at, int(register_of_phases), context))
        found += [reading for reading in plain.values() if reading.signed is not None or not only_signed]
    return tuple(found)


def _signed(sampled: Payload) -> tuple[str | None, Signature | None]:
    signed = sampled.get("signedMeterValue")
    return (str(signed["signedMeterData"]), signature_of(signed)) if signed is not None else (None, None)


def _ocmf_wh(document: str, context: Context) -> int | None:
    """The import register in an OCMF document, None when it is none: the first of its readings at begin, else the last.

    An OCMF document is `OCMF|{payload}|{signature}`; of each of the payload's readings (RD), RI is the OBIS code of the
    register, RV the value and RU its unit.
    """
    parts = document.split("|")
    if len(parts) < 3 or parts[0] != "OCMF":
        return None
    try:
        readings: list[Any] = orjson.loads(parts[1])["RD"]
        registers = [
            round(float(each["RV"]) * _OCMF_WH[each["RU"].casefold()])
            for each in readings
            if "1.8.0" in (obis := each.get("RI", "1.8.0")) or "B2.08" in obis or "B0.08" in obis
        ]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    if not registers or not all(0 <= each < MOST_WH for each in (registers[0], registers[-1])):
        return None
    return registers[0 if context == "begin" else -1]
