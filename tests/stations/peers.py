"""Peers for the codecs' tests: a station, what runs there, and when it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from edgegw.model.site import Connector, Evse, Phase
from edgegw.model.state import Reservation, Transaction
from edgegw.stations.codec import Codec, ListEntry, Outgoing, Payload, Peer
from edgegw.stations.schemas import for_version

NOW = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)
NOW_TEXT = "2026-11-24T12:00:00.250Z"


def evse(
    *phases: Phase, id: int = 1, wiring: Literal["neutral", "line"] = "neutral", connector: str = "cType2"
) -> Evse:  # fmt: skip
    return Evse("CP01", id, 32.0, phases or ("L1", "L2", "L3"), wiring, (Connector(1, connector),))


def peer(
    *evses: Evse,
    reports: tuple[Phase, ...] | None = None,
    active: Mapping[int, Transaction] | None = None,
    ended: Transaction | None = None,
    reservations: Sequence[Reservation] = (),
    local_list: Sequence[ListEntry] = (),
    variables: Mapping[tuple[str, str, str | None], str] | None = None,
) -> Peer:
    running = dict(active or {})
    references = {each.reference: each for each in [*running.values(), *([ended] if ended else [])]}
    return Peer(
        "CP01", evses or (evse(),), reports, running.get, references.get, NOW,
        {each.id: each for each in reservations}.get, {each.number: each for each in reservations}.get,
        lambda: local_list, lambda *place: (variables or {}).get(place),
        {each.id: each for each in references.values()}.get,
    )  # fmt: skip


RESERVATION = Reservation("res-1", 55, "CP01", NOW, "cloud", evse=1, id_token="04A1")


def transaction(**changed: Any) -> Transaction:
    about: dict[str, Any] = {
        "id": "0190", "station": "CP01", "evse": 1, "connector": 1, "number": 41, "reference": "41", "ocpp": "1.6",
        "started_at": NOW, "tariff": "default", "tariff_digest": "",
    }  # fmt: skip
    return Transaction(**{**about, **changed})


def assert_tolerated(codec: Codec, action: str, payload: Payload) -> None:
    """The payload is one that the frame layer hands on."""
    schemas = for_version(codec.version)
    schema = schemas.get(action, "send" if action in schemas.sends else "request", strict=False)
    assert schema is not None, action
    assert schema.violation(payload) is None, schema.violation(payload)


def assert_reply(codec: Codec, action: str, payload: Payload) -> None:
    if action in for_version(codec.version).sends:
        return  # a SEND has no answer
    schema = for_version(codec.version).get(action, "response", strict=True)
    assert schema is not None, action
    assert schema.violation(payload) is None, (action, schema.violation(payload), payload)


def assert_call(codec: Codec, outgoing: Outgoing) -> Payload:
    """The CALL is valid by the version's own schema; its payload."""
    schema = for_version(codec.version).get(outgoing.action, "request", strict=True)
    assert schema is not None, outgoing.action
    assert schema.violation(outgoing.payload) is None, (outgoing, schema.violation(outgoing.payload))
    return outgoing.payload
