"""What a virtual station does with the local list and its cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


def _clear_cache(station: Station, payload: Payload) -> Reply:
    return Reply({"status": "Accepted"})


def _take_list(station: Station, version: int, full: bool, entries: dict[str, bool]) -> Reply:
    """`entries`: id token -> whether it is to be held; False takes it out of the list."""
    cabinet = station.cabinet
    if not full and version <= cabinet.list_version:
        return Reply({"status": "VersionMismatch"})
    kept = {} if full else dict.fromkeys(cabinet.tokens)
    kept |= dict.fromkeys(token for token, held in entries.items() if held)
    for token in [token for token, held in entries.items() if not held]:
        kept.pop(token, None)
    if len(kept) > cabinet.most_tokens or len(entries) > cabinet.most_sent:
        return Reply({"status": "Failed"})
    cabinet.list_version, cabinet.tokens = version, list(kept)
    return Reply({"status": "Accepted"})


def _list_16(station: Station, payload: Payload) -> Reply:
    if not station.cabinet.most_tokens:
        return Reply({"status": "NotSupported"})
    entries = {each["idTag"]: "idTagInfo" in each for each in payload.get("localAuthorizationList", [])}
    return _take_list(station, payload["listVersion"], payload["updateType"] == "Full", entries)


def _list_2(station: Station, payload: Payload) -> Reply:
    told = payload.get("localAuthorizationList", [])
    entries = {each["idToken"]["idToken"]: "idTokenInfo" in each for each in told}
    return _take_list(station, payload["versionNumber"], payload["updateType"] == "Full", entries)


def _list_version_16(station: Station, payload: Payload) -> Reply:
    """-1 of a station that can hold no list, 0 of one that holds none (1.6 section 5.10)."""
    cabinet = station.cabinet
    return Reply({"listVersion": cabinet.list_version if cabinet.most_tokens else -1})


def _list_version_2(station: Station, payload: Payload) -> Reply:
    return Reply({"versionNumber": station.cabinet.list_version})


DOES_16: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ClearCache": _clear_cache,
    "GetLocalListVersion": _list_version_16,
    "SendLocalList": _list_16,
}

DOES_2: Final[Mapping[str, Callable[[Station, Payload], Reply]]] = {
    "ClearCache": _clear_cache,
    "GetLocalListVersion": _list_version_2,
    "SendLocalList": _list_2,
}
