"""The local list and the cache (OCPP 1.6 sections 5.4 and 5.15)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.codec import ListEntry, Outgoing, Payload, Peer
from edgegw.stations.commanding import with_result
from edgegw.stations.v16 import tokens
from edgegw.stations.words import ending, stamp


def _send_local_list(command: Command, peer: Peer, number: int) -> Outgoing:
    """The list of `peer`, whole; or with `update: differential`, which is the gateway's own word, what changes in the
    one that the station holds: tokens of `remove` go (section 6.39: an entry without idTagInfo)."""
    entries = [_entry(each) for each in peer.local_list() if len(each.id_token) <= tokens.MAX_ID_TAG]
    removed = [{"idTag": each} for each in command.args.get("remove") or () if len(each) <= tokens.MAX_ID_TAG]
    update = "Differential" if command.args.get("update") == "differential" else "Full"
    payload: Payload = {"listVersion": number, "localAuthorizationList": entries + removed, "updateType": update}
    return Outgoing("SendLocalList", payload, with_result(version=number, entries=len(entries)))


def _version(command: Command, peer: Peer, number: int) -> Outgoing:
    """-1 is said by a station that can hold no list (section 5.10)."""
    return Outgoing("GetLocalListVersion", {}, lambda answer: Ending("done", None, {"version": answer["listVersion"]}))


def _entry(entry: ListEntry) -> Payload:
    info: Payload = {"status": entry.status.capitalize()}
    if entry.group is not None and len(entry.group) <= tokens.MAX_ID_TAG:
        info["parentIdTag"] = entry.group
    if entry.expires_at is not None:
        info["expiryDate"] = stamp(entry.expires_at)
    return {"idTag": entry.id_token, "idTagInfo": info}


def _clear_cache(command: Command, peer: Peer, number: int) -> Outgoing:
    return Outgoing("ClearCache", {}, ending)


COMMANDS: Final[Mapping[str, Callable[[Command, Peer, int], Outgoing]]] = {
    "send_local_list": _send_local_list,
    "clear_cache": _clear_cache,
    "get_local_list_version": _version,
}
