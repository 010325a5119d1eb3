"""Commands put to the 1.6 codec, and what their tests name."""

from __future__ import annotations

from typing import Any

from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Peer
from edgegw.stations.v16 import CODEC
from tests.stations.peers import peer, transaction

UNTIL = "2026-11-24T13:00:00+01:00"
FTP = "ftp://192.0.2.9/logs"


def order(name: str, at: Peer | None = None, **args: Any) -> Outgoing:
    return CODEC.command(Command("c-1", name, {"station": "CP01", **args}), at or peer(active={1: transaction()}), 77)
