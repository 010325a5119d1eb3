"""Transactions that begin and end from afar (OCPP 1.6 sections 5.11 and 5.12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.model.state import Transaction
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanded import of_start
from edgegw.stations.commanding import named_evse, named_transaction
from edgegw.stations.fitting import abilities, fitted
from edgegw.stations.v16 import tokens
from edgegw.stations.v16.spelling import written
from edgegw.stations.words import ending


def _start(command: Command, peer: Peer, number: int) -> Outgoing:
    # Of its own accord no profile goes with it: it would outlive the gateway (docs/decisions/0033).
    payload: Payload = {"connectorId": named_evse(command), "idTag": tokens.commanded(command)}
    if (profile := of_start(command, peer)) is not None:
        payload["chargingProfile"] = written(fitted(profile, abilities(peer, "1.6"), peer))
    return Outgoing("RemoteStartTransaction", payload, ending)


def _stop(command: Command, peer: Peer, number: int) -> Outgoing:
    payload: Payload = {"transactionId": transaction_id(named_transaction(command, peer))}
    return Outgoing("RemoteStopTransaction", payload, ending)


def transaction_id(transaction: Transaction) -> int:
    """The id that the station knows; one that began under 2.x is known by a text, which 1.6 cannot carry."""
    try:
        return int(transaction.reference)
    except ValueError:
        raise Unsupported("the transaction began under another OCPP version") from None


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "start_transaction": _start,
    "stop_transaction": _stop,
}
