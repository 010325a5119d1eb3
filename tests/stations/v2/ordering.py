"""Commands put to the 2.x codec, and what their tests name."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.commands import Command
from edgegw.stations.codec import Codec, Outgoing, Peer
from edgegw.stations.v2 import CODEC_21, CODEC_201
from tests.stations.peers import peer, transaction

both = pytest.mark.parametrize("codec", [CODEC_201, CODEC_21], ids=["2.0.1", "2.1"])
BUSY = peer(active={1: transaction(reference="f3b1", ocpp="2.0.1")})
UNTIL = "2026-11-24T13:00:00+01:00"
URL = "https://192.0.2.9/files"


def order(codec: Codec, name: str, at: Peer = BUSY, **args: Any) -> Outgoing:
    return codec.command(Command("c-1", name, {"station": "CP01", **args}), at, 77)
