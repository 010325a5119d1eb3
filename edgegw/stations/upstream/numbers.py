"""Numbers that two CSMS give out for the same thing: transaction ids of OCPP 1.6, and remote starts of 2.x.

A station knows the gateway's. What goes to the other CSMS carries that one's, and what comes from it the gateway's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from edgegw.model.requests import Answer, TransactionAnswer
from edgegw.model.state import State
from edgegw.stations.codec import Payload, Version

ASKER: Final = "upstream"
"""Kind of the asker of commands that the other CSMS has sent."""


SPEAK: Final = frozenset({"MeterValues", "StopTransaction"})
"""What a 1.6 station says with a transaction's id in it."""


class NoNumber(Exception):
    """The other CSMS has never been told of this transaction's start, or refused it: there is nothing to call it by."""


def number_of(action: str, payload: Mapping[str, Any], version: Version, station: str, state: State) -> int | None:
    """The gateway's number of the transaction that a 1.6 station speaks of, also where the station names another, as
    some do; None where no transaction is known, and for what says nothing of one."""
    if version != "1.6" or action not in SPEAK or payload.get("transactionId") is None:
        return None
    id = state.by_reference.get((station, str(payload["transactionId"])))
    if id is None and "connectorId" in payload:
        id = state.at_evse.get((station, payload["connectorId"]))
    known = state.transactions.get(id) if id is not None else None
    return known.number if known is not None else None


def answered(action: str, answer: Answer) -> int | None:
    """The gateway's number of the transaction that a 1.6 station's start or stop was answered about."""
    named = action in ("StartTransaction", "StopTransaction") and isinstance(answer, TransactionAnswer)
    return answer.number if named and isinstance(answer, TransactionAnswer) else None


def for_there(action: str, payload: Payload, version: Version, number: int | None, there: Mapping[int, int]) -> Payload:
    """A payload as the other CSMS is told it; `there` are its transaction ids by the gateway's. Raises NoNumber."""
    if version != "1.6" or action not in SPEAK or payload.get("transactionId") is None:
        return payload
    named = there.get(number) if number is not None else None
    if named is None:
        raise NoNumber
    return {**payload, "transactionId": named}


def with_start_of(payload: Payload, station: str, state: State) -> Payload:
    """A TransactionEvent with the remoteStartId that the other CSMS gave the start, or with none when others asked."""
    about = payload.get("transactionInfo")
    if about is None or about.get("remoteStartId") is None:
        return payload
    bare = {name: each for name, each in about.items() if name != "remoteStartId"}
    for command in state.commands.values():
        if command.remote_start_id == about["remoteStartId"] and command.args.get("station") == station:
            kind, _, named = command.by.partition(":")
            if kind == ASKER and named.isdigit():
                bare["remoteStartId"] = int(named)
    return {**payload, "transactionInfo": bare}


def meant(
    payload: Mapping[str, Any], version: Version, station: str, there: Mapping[int, int], state: State
) -> str | None:
    """The hub's id of the running transaction that a remote stop names in the other CSMS's words; None for none."""
    named = payload["transactionId"]
    if version == "1.6":
        ours = next((number for number, other in there.items() if other == named), None)
        named = None if ours is None else str(ours)
    id = state.by_reference.get((station, str(named))) if named is not None else None
    known = state.transactions.get(id) if id is not None else None
    return known.id if known is not None and known.state == "active" else None
