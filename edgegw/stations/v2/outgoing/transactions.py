"""Transactions that begin and end from afar (OCPP 2.0.1 part 2, block F)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanded import of_start
from edgegw.stations.commanding import named_evse, named_transaction
from edgegw.stations.fitting import abilities, fitted
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.spelling import written
from edgegw.stations.words import ending


def _start(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """RequestStartTransaction; the station repeats `number` in the transaction that it begins."""
    # Of its own accord no profile goes with it: it would outlive the gateway (docs/decisions/0033).
    payload: Payload = {
        "evseId": named_evse(command),
        "remoteStartId": number,
        "idToken": tokens.commanded(command, dialect),
        **tokens.group_of(command, peer, dialect),
    }
    if (profile := of_start(command, peer)) is not None:
        payload["chargingProfile"] = written(fitted(profile, abilities(peer, dialect.version), peer), dialect)
    return Outgoing("RequestStartTransaction", payload, _start_ending)


def _start_ending(answer: Mapping[str, Any]) -> Ending:
    """The station says which transaction it is when the cable had been plugged in, and one had begun, before."""
    ended = ending(answer)
    if "transactionId" not in answer:
        return ended
    return Ending(ended.state, ended.reason, {**(ended.result or {}), "reference": answer["transactionId"]})


def _stop(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload: Payload = {"transactionId": named_transaction(command, peer).reference}
    return Outgoing("RequestStopTransaction", payload, ending)


def _status(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """GetTransactionStatus (E14): also of a transaction that has ended, whose last messages may wait."""
    named = command.args.get("transaction")
    known = peer.transaction(str(named)) if named is not None else None
    if named is not None and known is None:
        raise Unsupported("there is no such transaction")
    payload: Payload = {} if known is None else {"transactionId": known.reference}
    return Outgoing("GetTransactionStatus", payload, _status_ending)


def _status_ending(answer: Mapping[str, Any]) -> Ending:
    said = {"messages_in_queue": answer["messagesInQueue"], "ongoing": answer.get("ongoingIndicator")}
    return Ending("done", None, {key: value for key, value in said.items() if value is not None})


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "get_transaction_status": _status,
    "start_transaction": _start,
    "stop_transaction": _stop,
}
