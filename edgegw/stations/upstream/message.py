"""A CALL that another CSMS is to be told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from edgegw.core.secrets import without_secrets
from edgegw.journal.ids import uuid7
from edgegw.journal.outbox import Untold
from edgegw.stations import rpc
from edgegw.stations.codec import Payload, Version
from edgegw.stations.rpc import CallError, CallResult
from edgegw.stations.upstream.sorts import Rank

_MEASURED: Final = frozenset({"meterValue", "transactionData"})


@dataclass(slots=True, eq=False)
class Message:
    """`rank` None: it is not kept. `number` is the gateway's own of the 1.6 transaction that it is about, `there` the
    other CSMS's, once its answer to the start has told it."""

    position: int
    station: str
    version: Version
    action: str
    payload: Payload
    id: str
    at: datetime
    rank: Rank | None = None
    number: int | None = None
    there: int | None = None
    saved: bool = False
    """Its row is in the ledger, or on its way there."""
    queued: bool = False
    gone: bool = False
    """It was told, or given up."""
    tries: int = 0
    answer: asyncio.Future[CallResult | CallError | None] | None = None
    """For who waits for the answer; None when there will be none."""

    @property
    def row(self) -> Untold:
        assert self.rank is not None
        frame = rpc.call(self.id, self.action, for_the_ledger(self.payload)).decode()
        return Untold(self.position, self.station, self.version, int(self.rank), self.at, frame, self.number)

    def settle(self, answer: CallResult | CallError | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(answer)


def for_the_ledger(payload: Payload) -> Payload:
    """A payload as it may lie in the ledger: without secrets. What is measured stays as it is: it may be signed."""
    measured = {key: each for key, each in payload.items() if key in _MEASURED}
    return {**without_secrets({**payload, **dict.fromkeys(measured)}), **measured}


def read(row: Untold, version: Version) -> Message:
    """The message of a row. Raises ValueError for a row that is none."""
    frame: list[Any] = orjson.loads(row.frame)
    _, id, action, payload = frame
    return Message(
        row.position, row.station, version, action, payload, id, row.at, Rank(row.rank), row.number, saved=True,
        queued=True,
    )  # fmt: skip


def message_id(station: str, action: str, payload: Payload, rank: Rank | None) -> str:
    """Of what a transaction consists has the same id whenever the station says it, so that it is known again when it
    comes twice, whatever was lost between."""
    if rank != Rank.TRANSACTION:
        return uuid7()
    said = orjson.dumps((station, action, payload), option=orjson.OPT_SORT_KEYS)
    return sha256(said).hexdigest()[:36]
