"""Logs, security events, monitoring and customer information (OCPP 2.0.1 part 2, blocks A and N)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.core.secrets import without_secrets
from edgegw.model.facts import CustomerInformationTold, LogReceived, SecurityEvent
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.incoming.reports import kept
from edgegw.stations.words import shown_at, snake


def _customer_information(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    fact = CustomerInformationTold(
        station=peer.station, at=peer.now, request=payload["requestId"], part=payload["seqNo"],
        last=not payload.get("tbc", False), text=payload["data"],
    )  # fmt: skip
    return Tell({}, (fact,))


def _log_status(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    fact = LogReceived(
        station=peer.station, at=peer.now, status=snake(payload["status"]), request=payload.get("requestId")
    )
    return Tell({}, (fact,))


def _security_event(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    at = shown_at(payload["timestamp"], peer.now)
    detail = without_secrets(payload.get("techInfo"))
    fact = SecurityEvent(station=peer.station, at=at, kind=snake(payload["type"]), detail=detail)
    return Tell({}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "LogStatusNotification": _log_status,
    "NotifyCustomerInformation": _customer_information,
    "NotifyEvent": kept("NotifyEvent"),
    "NotifyMonitoringReport": kept("NotifyMonitoringReport"),
    "SecurityEventNotification": _security_event,
}
