"""What ends a charge, as 2.1 says it (TransactionLimitType; part 2, E16): told to stations and set at them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from edgegw.model.requests import TransactionLimit
from edgegw.stations.codec import Payload, Peer
from edgegw.stations.v2.dialect import Dialect

_MOST: Final = 10**9
"""No charge comes to as many Wh, coins or seconds."""

_NAMES: Final = ("maxEnergy", "maxCost", "maxTime", "maxSoC")


def told(payload: Payload) -> TransactionLimit | None:
    """What a TransactionEvent says of its limit, None when it says nothing."""
    said = payload["transactionInfo"].get("transactionLimit") or {}
    energy, cost, seconds, soc = (_positive(said.get(name)) for name in _NAMES)
    if all(each is None for each in (energy, cost, seconds, soc)):
        return None
    return TransactionLimit(
        max_wh=_whole(energy), max_cost=None if cost is None else str(cost), max_s=_whole(seconds), max_soc=_whole(soc)
    )


def written(
    max_wh: int | None, max_cost: Decimal | str | None, payload: Payload, peer: Peer, dialect: Dialect
) -> Payload:
    """`transactionLimit` of an answer to an event: at what the hub would end the transaction, so that its station ends
    it as well, also while the hub is away. Nothing where the event repeats it, or the station takes no such limit."""
    if dialect.version == "2.0.1":
        return {}
    supported = peer.variable("TxCtrlr", "SupportedLimits", None)
    words = None if supported is None else {each.strip().casefold() for each in supported.split(",")}
    wanted = {"maxEnergy": max_wh, "maxCost": None if max_cost is None else float(max_cost)}
    found = {
        name: value
        for name, value in wanted.items()
        if value is not None and (words is None or name.casefold() in words)
    }
    said = payload["transactionInfo"].get("transactionLimit") or {}
    return {} if not found or found.items() <= said.items() else {"transactionLimit": found}


def _positive(number: Any) -> float | None:
    return number if isinstance(number, int | float) and 0 <= number <= _MOST else None


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)
