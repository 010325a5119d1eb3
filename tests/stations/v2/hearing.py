"""What a 2.x station says, put to the codec as the frame layer does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edgegw.model.facts import VariablesReported
from edgegw.stations.codec import Ask, Codec, Incoming, Payload, Peer, Tell
from edgegw.stations.v2 import CODEC_21, CODEC_201
from tests.stations.peers import NOW, assert_reply, assert_tolerated, peer

AT = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
AT_TEXT = "2026-11-24T11:00:00Z"
both = pytest.mark.parametrize("codec", [CODEC_201, CODEC_21], ids=["2.0.1", "2.1"])


def hear(codec: Codec, action: str, payload: Payload, at: Peer | None = None) -> Incoming:
    assert_tolerated(codec, action, payload)
    heard = codec.incoming(action, payload, at or peer())
    if isinstance(heard, Tell):
        assert_reply(codec, action, heard.reply)
    return heard


def ask(codec: Codec, action: str, payload: Payload, at: Peer | None = None) -> Ask:
    heard = hear(codec, action, payload, at)
    assert isinstance(heard, Ask)
    return heard


def reported(action: str, payload: Payload) -> VariablesReported:
    return VariablesReported(station="CP01", at=NOW, action=action, report=payload)
