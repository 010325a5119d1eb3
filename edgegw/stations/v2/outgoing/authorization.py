"""The local list and the cache (OCPP 2.0.1 part 2, blocks C and D)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import ListEntry, Outgoing, Payload, Peer
from edgegw.stations.commanding import with_result
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending, stamp


def _send_local_list(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    """The list of `peer`, whole; or with `update: differential`, which is the gateway's own word, what changes in the
    one that the station holds: tokens of `remove` go (use case D01: an entry without idTokenInfo)."""
    entries = [_entry(each, dialect) for each in peer.local_list() if len(each.id_token) <= dialect.max_id_token]
    gone = [each for each in command.args.get("remove") or () if len(each) <= dialect.max_id_token]
    items = entries + [{"idToken": tokens.written(each)} for each in gone]
    update = "Differential" if command.args.get("update") == "differential" else "Full"
    payload: Payload = {"versionNumber": number, "updateType": update}
    if items:  # an empty list is said by leaving it out (use case D01)
        payload["localAuthorizationList"] = items
    return Outgoing("SendLocalList", payload, with_result(version=number, entries=len(entries)))


def _version(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    def ended(answer: Mapping[str, Any]) -> Ending:
        return Ending("done", None, {"version": answer["versionNumber"]})

    return Outgoing("GetLocalListVersion", {}, ended)


def _entry(entry: ListEntry, dialect: Dialect) -> Payload:
    info = tokens.info(entry.status, entry.group, entry.language, dialect)
    if entry.expires_at is not None:
        info["cacheExpiryDateTime"] = stamp(entry.expires_at)
    return {"idToken": tokens.written(entry.id_token), "idTokenInfo": info}


def _clear_cache(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    return Outgoing("ClearCache", {}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int, Dialect], Outgoing]]] = {
    "send_local_list": _send_local_list,
    "clear_cache": _clear_cache,
    "get_local_list_version": _version,
}
