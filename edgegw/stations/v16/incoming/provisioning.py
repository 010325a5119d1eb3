"""A 1.6 station boots (OCPP 1.6 edition 2 section 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.requests import Answer, BootAnswer, BootRequest
from edgegw.stations.codec import Ask, Incoming, Payload, Peer
from edgegw.stations.words import stamp


def _boot(payload: Payload, peer: Peer) -> Incoming:
    meter = " ".join(payload[key] for key in ("meterType", "meterSerialNumber") if payload.get(key))
    return Ask(
        BootRequest(
            station=peer.station,
            at=peer.now,
            ocpp="1.6",
            vendor=payload["chargePointVendor"],
            model=payload["chargePointModel"],
            firmware=payload.get("firmwareVersion"),
            serial=payload.get("chargePointSerialNumber") or payload.get("chargeBoxSerialNumber"),
            iccid=payload.get("iccid"),
            imsi=payload.get("imsi"),
            meter=meter or None,
        ),
        _boot_reply,
    )


def _boot_reply(answer: Answer) -> Payload:
    assert isinstance(answer, BootAnswer)
    return {
        "status": answer.status.capitalize(),
        "currentTime": stamp(answer.current_time),
        "interval": answer.interval_s,
    }


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "BootNotification": _boot,
}
