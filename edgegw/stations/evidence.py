"""What stations sign besides the register that a bill rests on: other measurands, single phases, other places.

None of it is money here, and all of it may be evidence of a bill elsewhere, so it is kept as it came, byte for byte,
with what it takes to check it (OCPP 2.0.1 part 2, SignedMeterValueType; 1.6 section 7, ValueFormat SignedData).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from edgegw.model.requests import Reading, Signature, SignedValue
from edgegw.stations.codec import Payload
from edgegw.stations.measurands import DEFAULT_MEASURAND, SIGNED
from edgegw.stations.words import read_time


def signature_of(signed: Payload) -> Signature:
    """How a SignedMeterValueType was made. 2.1 may leave out the key and the method; an empty text is kept as one."""
    return Signature(signed["encodingMethod"], signed.get("signingMethod"), signed.get("publicKey"))


def signed_values_2(
    meter_values: Iterable[Payload], otherwise_at: datetime, taken: Collection[Reading]
) -> tuple[SignedValue, ...]:
    """The signed values of a 2.x `meterValue` list that none of the readings `taken` of it carries."""
    known = {reading.signed for reading in taken}
    found = []
    for entry in meter_values:
        at = read_time(entry["timestamp"]) or otherwise_at
        for each in entry["sampledValue"]:
            signed = each.get("signedMeterValue")
            if signed is None or signed["signedMeterData"] in known:
                continue
            unit = each.get("unitOfMeasure") or {}
            found.append(
                SignedValue(
                    at, str(signed["signedMeterData"]), each.get("measurand") or DEFAULT_MEASURAND,
                    context=each.get("context"), phase=each.get("phase"), location=each.get("location"),
                    unit=unit.get("unit"), multiplier=unit.get("multiplier"), value=str(each["value"]),
                    signature=signature_of(signed),
                )
            )  # fmt: skip
    return tuple(found)


def signed_values_16(
    meter_values: Iterable[Payload], otherwise_at: datetime, taken: Collection[Reading]
) -> tuple[SignedValue, ...]:
    """The signed values of a 1.6 `meterValue` list that none of the readings `taken` of it carries."""
    known = {reading.signed for reading in taken}
    return tuple(
        SignedValue(
            read_time(entry["timestamp"]) or otherwise_at, str(each["value"]),
            each.get("measurand") or DEFAULT_MEASURAND, context=each.get("context"), phase=each.get("phase"),
            location=each.get("location"), unit=each.get("unit"),
        )
        for entry in meter_values
        for each in entry["sampledValue"]
        if each.get("format") == SIGNED and str(each["value"]) not in known
    )  # fmt: skip
