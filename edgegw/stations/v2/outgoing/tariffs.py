"""Tariffs that a station itself works with, which 2.1 brought (OCPP 2.1 part 2, block I)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import Outgoing, Payload, Peer, Unsupported
from edgegw.stations.commanding import named_transaction, with_result
from edgegw.stations.profiles import integer
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.v2.tariffs import written
from edgegw.stations.words import ending, snake


def _set_default(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    tariff = _tariff(command, peer)
    payload = {"evseId": _evse(command), "tariff": tariff}
    return Outgoing("SetDefaultTariff", payload, with_result(tariff=tariff["tariffId"]))


def _change(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    tariff = _tariff(command, peer)
    payload = {"transactionId": named_transaction(command, peer).reference, "tariff": tariff}
    return Outgoing("ChangeTransactionTariff", payload, with_result(tariff=tariff["tariffId"]))


def _tariff(command: Command, peer: Peer) -> Payload:
    found = peer.known.tariff(command.args["tariff"])
    if found is None:
        raise Unsupported(f"the site has no tariff {command.args['tariff']!r}")
    return written(found, peer.known.currency())


def _evse(command: Command) -> int:
    return integer(command.args, "evse") if command.args.get("evse") is not None else 0


def _get(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("GetTariffs", {"evseId": _evse(command)}, _told)


def _told(answer: Mapping[str, Any]) -> Ending:
    if answer["status"] not in ("Accepted", "NoTariff"):
        return ending(answer)
    found = [
        {"tariff": each["tariffId"], "kind": snake(each["tariffKind"]), "evses": list(each.get("evseIds", ())),
         "tokens": len(each.get("idTokens", ())), "valid_from": each.get("validFrom")}
        for each in answer.get("tariffAssignments", ())
    ]  # fmt: skip
    return Ending("done", None, {"tariffs": found})


def _clear(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    payload: Payload = {}
    if command.args.get("evse") is not None:
        payload["evseId"] = integer(command.args, "evse")
    if command.args.get("tariffs") is not None:
        payload["tariffIds"] = list(command.args["tariffs"])
    return Outgoing("ClearTariffs", payload, _cleared)


def _cleared(answer: Mapping[str, Any]) -> Ending:
    told = answer["clearTariffsResult"]
    found = [{"tariff": each.get("tariffId"), "status": snake(each["status"])} for each in told]
    refused = [each for each in found if each["status"] == "rejected"]
    return Ending("rejected" if refused else "done", "rejected" if refused else None, {"tariffs": found})


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "set_default_tariff": _set_default,
    "change_transaction_tariff": _change,
    "get_tariffs": _get,
    "clear_tariffs": _clear,
}
