"""Logs and security events (OCPP 1.6 edition 2 section 4.4, and the security whitepaper)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.core.secrets import without_secrets
from edgegw.model.facts import LogReceived, SecurityEvent
from edgegw.stations.codec import Incoming, Payload, Peer, Tell
from edgegw.stations.words import shown_at, snake


def _log_status(payload: Payload, peer: Peer) -> Incoming:
    fact = LogReceived(
        station=peer.station, at=peer.now, status=snake(payload["status"]), request=payload.get("requestId")
    )
    return Tell({}, (fact,))


def _security_event(payload: Payload, peer: Peer) -> Incoming:
    at = shown_at(payload["timestamp"], peer.now)
    detail = without_secrets(payload.get("techInfo"))
    fact = SecurityEvent(station=peer.station, at=at, kind=snake(payload["type"]), detail=detail)
    return Tell({}, (fact,))


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer], Incoming]]] = {
    "DiagnosticsStatusNotification": _log_status,
    "LogStatusNotification": _log_status,
    "SecurityEventNotification": _security_event,
}
