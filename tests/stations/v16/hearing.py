"""What a 1.6 station says, put to the codec as the frame layer does."""

from __future__ import annotations

from datetime import UTC, datetime

from edgegw.stations.codec import Ask, Incoming, Payload, Peer, Tell
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_reply, assert_tolerated, peer

AT = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
AT_TEXT = "2026-11-24T11:00:00Z"


def hear(action: str, payload: Payload, at: Peer | None = None) -> Incoming:
    assert_tolerated(CODEC, action, payload)
    heard = CODEC.incoming(action, payload, at or peer())
    if isinstance(heard, Tell):
        assert_reply(CODEC, action, heard.reply)
    return heard


def ask(action: str, payload: Payload, at: Peer | None = None) -> Ask:
    heard = hear(action, payload, at)
    assert isinstance(heard, Ask)
    return heard


def tell(action: str, payload: Payload, at: Peer | None = None) -> Tell:
    heard = hear(action, payload, at)
    assert isinstance(heard, Tell)
    return heard
