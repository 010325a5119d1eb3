"""What a virtual station does when a transaction is to begin or end from afar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Fault, Payload, Reply
from edgegw.simulate.profiles import TX, Profile, Refused, read_profile

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _start_16(station: Station, payload: Payload) -> Reply:
    evse = payload.get("connectorId")
    if evse is None:
        free = [number for number in station.places if station.free(number)]
        evse = next((number for number in free if station.places[number].car is not None), free[0] if free else 0)
    if not station.free(evse):
        return Reply({"status": "Rejected"})
    try:
        profile = _profile(evse, payload, "1.6")
    except Refused:
        return Reply({"status": "Rejected"})
    token = payload["idTag"]
    return Reply({"status": "Accepted"}, lambda: station.begin(token, evse, profile=profile))


def _stop_16(station: Station, payload: Payload) -> Reply:
    transaction = station.running(str(payload["transactionId"]))
    if transaction is None:
        return Reply({"status": "Rejected"})
    return Reply({"status": "Accepted"}, lambda: station.stop(transaction.evse, "Remote"))


def _start_2(station: Station, payload: Payload) -> Reply:
    evse = payload.get("evseId")
    if evse is None:
        evse = next((number for number in station.places if station.free(number)), 0)
    if not station.free(evse):
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "TxInProgress"}})
    try:
        profile = _profile(evse, payload, "2")
    except Refused:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "InvalidProfile"}})
    token, number = payload["idToken"]["idToken"], payload["remoteStartId"]
    return Reply({"status": "Accepted"}, lambda: station.begin(token, evse, remote_start_id=number, profile=profile))


def _profile(evse: int, payload: Payload, ocpp: str) -> Profile | None:
    """The TxProfile that comes with a start, of a transaction that is not there yet (2.0.1 part 2, F01 and K05).
    Raises Refused for any other."""
    wire = payload.get("chargingProfile")
    if wire is None:
        return None
    profile = read_profile(evse, wire, ocpp=ocpp)
    if profile.purpose != TX or profile.transaction is not None:
        raise Refused("only a TxProfile without a transaction goes with a start")
    return profile


def _stop_2(station: Station, payload: Payload) -> Reply:
    transaction = station.running(payload["transactionId"])
    if transaction is None:
        return Reply({"status": "Rejected", "statusInfo": {"reasonCode": "TxNotFound"}})
    return Reply({"status": "Accepted"}, lambda: station.stop(transaction.evse, "Remote"))


def _status(station: Station, payload: Payload) -> Reply:
    reference = payload.get("transactionId")
    said: Payload = {"messagesInQueue": station.connection.keeps(reference)}
    if reference is not None:
        said["ongoingIndicator"] = station.running(reference) is not None
    return Reply(said)


def _cost(station: Station, payload: Payload) -> Reply:
    if not station.shows_cost:
        raise Fault("NotSupported", "this station has no display for it")
    return Reply({})


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "RemoteStartTransaction": _start_16,
    "RemoteStopTransaction": _stop_16,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "CostUpdated": _cost,
    "GetTransactionStatus": _status,
    "RequestStartTransaction": _start_2,
    "RequestStopTransaction": _stop_2,
}
