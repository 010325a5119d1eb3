"""The local list and the cache (OCPP 2.0.1 part 2, blocks C and D)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.model.commands import Command
from edgegw.stations.codec import ListEntry, Outgoing, Payload, Peer
from edgegw.stations.commanding import with_result
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import Dialect
from edgegw.stations.words import ending, stamp


def _send_local_list(command: Command, peer: Peer, number: int, dialect: Dialect) -> Outgoing:
    entries = [_entry(each, dialect) for each in peer.local_list() if len(each.id_token) <= dialect.max_id_token]
    payload: Payload = {"versionNumber": number, "updateType": "Full"}
    if entries:  # an empty list is said by leaving it out (use case D01)
        payload["localAuthorizationList"] = entries
    return Outgoing("SendLocalList", payload, with_result(version=number, entries=len(entries)))


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
}
