"""A 2.x station boots, and reports its variables (OCPP 2.0.1 part 2, block B)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.requests import Answer, BootAnswer, BootRequest
from edgegw.stations.codec import Ask, Incoming, Payload, Peer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import kept
from edgegw.stations.words import snake, stamp


def _boot(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    station = payload["chargingStation"]
    modem = station.get("modem", {})
    return Ask(
        BootRequest(
            station=peer.station,
            at=peer.now,
            ocpp=dialect.version,
            vendor=station["vendorName"],
            model=station["model"],
            firmware=station.get("firmwareVersion"),
            serial=station.get("serialNumber"),
            reason=snake(payload["reason"]),
            iccid=modem.get("iccid"),
            imsi=modem.get("imsi"),
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


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "BootNotification": _boot,
    "NotifyReport": kept("NotifyReport"),
}
