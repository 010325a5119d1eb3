"""Whatever passes the tolerant schema is translated, or refused with one of the two errors that a codec declares."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgegw.model.requests import (
    Answer,
    AuthorizeAnswer,
    AuthorizeRequest,
    BootAnswer,
    BootRequest,
    StationRequest,
    TransactionAnswer,
)
from edgegw.stations import v2, v16
from edgegw.stations.codec import Ask, Codec, Enquiry, Unprocessable
from edgegw.stations.v2.incoming import ACTIONS as ACTIONS_201
from edgegw.stations.v2.incoming import ACTIONS_21
from edgegw.stations.v16.incoming import ACTIONS as ACTIONS_16
from tests.stations.payloads import payloads
from tests.stations.peers import NOW, assert_reply, assert_tolerated, evse, peer, transaction

PEERS = [
    peer(),
    peer(evse("L2")),
    peer(evse("L1", "L2", wiring="line"), active={1: transaction(reference="1")}, reports=("L1", "L2")),
]

CASES: list[tuple[Codec, str]] = [
    *((v16.CODEC, action) for action in sorted(ACTIONS_16)),
    *((v2.CODEC_201, action) for action in sorted(ACTIONS_201)),
    *((v2.CODEC_21, action) for action in sorted(ACTIONS_21)),
]


def answer_to(request: StationRequest) -> Answer:
    if isinstance(request, BootRequest):
        return BootAnswer("accepted", 300, NOW)
    if isinstance(request, AuthorizeRequest):
        return AuthorizeAnswer("accepted", "group", "pt-BR")
    return TransactionAnswer("0190", 41, "accepted", "group", "1.20")


@pytest.mark.parametrize(("codec", "action"), CASES, ids=[f"{codec.version}-{action}" for codec, action in CASES])
@settings(
    max_examples=40,
    deadline=timedelta(seconds=2),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(data=st.data())
def test_any_valid_payload_is_understood_or_refused(codec: Codec, action: str, data: st.DataObject) -> None:
    payload = data.draw(payloads(codec.version, action))
    assert_tolerated(codec, action, payload)
    try:
        heard = codec.incoming(action, payload, data.draw(st.sampled_from(PEERS)))
    except Unprocessable:
        return
    if isinstance(heard, Enquiry):
        heard = heard.then(None)
    if isinstance(heard, Ask):
        assert_reply(codec, action, heard.reply(answer_to(heard.request)))
    else:
        assert_reply(codec, action, heard.reply)
        for fact in heard.facts:
            assert fact.at.tzinfo is not None
    for sample in heard.samples:
        assert sample.values
        assert sample.at.tzinfo is not None
