"""TransactionEvent: the life of a transaction, told in numbered events (OCPP 2.0.1 part 2, block E).

Most events of a transaction carry nothing but meter values. Those are samples and ask nothing; an event that changes
anything (begin, end, a token, the charging state, a signed register, a transaction not known yet) asks the hub.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.core.charging import charging_facts
from edgegw.core.draft import is_news
from edgegw.core.late import awaits_end
from edgegw.model.requests import Answer, TransactionAnswer, TransactionRequest, TransactionStage
from edgegw.model.state import Transaction
from edgegw.stations.codec import Ask, Incoming, Payload, Peer, Tell
from edgegw.stations.evidence import signed_values_2
from edgegw.stations.readings import is_signed_2, readings
from edgegw.stations.samples import key_2, place_of, samples
from edgegw.stations.v2 import limits, tokens
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import CHARGING_STATES, asserted_at, believed, snake, stop_reason

_STAGES: Final[Mapping[str, TransactionStage]] = {"Started": "started", "Updated": "updated", "Ended": "ended"}


def transaction_event(payload: Payload, peer: Peer, dialect: Dialect) -> Incoming:
    """Started, Updated or Ended. `evse` is named in the first event after the car is plugged in, else it is known."""
    about = payload["transactionInfo"]
    stage = _STAGES[payload["eventType"]]
    reference = about["transactionId"]
    known = peer.by_reference(reference)
    named = payload.get("evse")
    evse = believed(named["id"]) if named is not None else None
    connector = believed(named.get("connectorId")) if named is not None else None
    entries = payload.get("meterValue") or ()
    place = place_of(peer, evse if evse is not None else known.evse if known is not None else 0)
    seen = samples(entries, place, peer.now, key_2)
    if stage == "updated" and not _asks(payload, known, peer):
        # I02: where the driver sees the running cost, it goes back with the readings.
        cost = peer.cost(known.id) if known is not None and known.state == "active" else None
        said: Payload = {} if cost is None else {"totalCost": float(cost)}
        if known is not None and known.state == "active":
            said |= limits.written(known.wanted_wh, known.max_cost, payload, peer, dialect)
        number = payload.get("seqNo")
        event = (reference, number) if number is not None else None
        return Tell(said, samples=seen, event=event, reckoned=_reckoned(payload))
    at = asserted_at(payload["timestamp"])
    state = about.get("chargingState")
    found = readings(entries, place.table, at, key_2, only_signed=stage == "updated")
    request = TransactionRequest(
        station=peer.station,
        at=at,
        stage=stage,
        evse=evse,
        connector=connector,
        reference=reference,
        seq_no=payload.get("seqNo"),
        id_token=tokens.shown(payload),
        id_token_kind=tokens.kind(payload),
        readings=found,
        signed_values=signed_values_2(entries, at, found),
        charging_state=CHARGING_STATES[state] if state is not None else None,
        reason=stop_reason(about.get("stoppedReason")) if stage == "ended" else None,
        trigger=snake(payload["triggerReason"]),
        remote_start_id=about.get("remoteStartId"),
        reservation_number=payload.get("reservationId"),
        limit=limits.told(payload),
        cost_details=payload.get("costDetails") if stage == "ended" else None,
        tariff=about.get("tariffId"),
        offline=payload.get("offline", False),
        ocpp=dialect.version,
    )
    shows_token = "idToken" in payload

    def reply(answer: Answer) -> Payload:
        assert isinstance(answer, TransactionAnswer)
        said: Payload = {}
        if shows_token:
            said["idTokenInfo"] = tokens.info(answer.authorization or "accepted", answer.group, None, dialect)
        if answer.cost is not None:
            said["totalCost"] = float(answer.cost)
        return said | limits.written(answer.max_wh, answer.max_cost, payload, peer, dialect)

    return Ask(request, reply, seen, _reckoned(payload))


def _reckoned(payload: Payload) -> tuple[str, Payload] | None:
    details = payload.get("costDetails")
    return None if details is None else (payload["transactionInfo"]["transactionId"], details)


def _asks(payload: Payload, known: Transaction | None, peer: Peer) -> bool:
    """Whether an Updated event says more than meter values."""
    if known is None or "idToken" in payload:
        return True
    if known.state == "ended" and not awaits_end(known):
        return False
    if is_news(limits.told(payload), known, was_set=payload["triggerReason"] == "LimitSet"):
        return True
    if "reservationId" in payload and peer.reserved_as(payload["reservationId"]) is not None:
        return True
    if known.evse == 0 and "evse" in payload:
        return True  # it began with a token alone, and now the car is there
    state = payload["transactionInfo"].get("chargingState")
    if state is not None and charging_facts(known, CHARGING_STATES[state], known.started_at):
        return True
    return is_signed_2(payload.get("meterValue") or ())


ACTIONS: Final[Mapping[str, Callable[[Payload, Peer, Dialect], Incoming]]] = {
    "TransactionEvent": transaction_event,
}
