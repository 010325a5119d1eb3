"""What a virtual station does with the local list and its cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from edgegw.simulate.link import Payload, Reply

if TYPE_CHECKING:
    from edgegw.simulate.station import Station


_MOST_ENTRIES: Final = 500


def _clear_cache(station: Station, payload: Payload) -> Reply:
    return Reply({"status": "Accepted"})


def _take_list(station: Station, version: int, entries: list[Payload], tokens: list[str]) -> Reply:
    if len(entries) > _MOST_ENTRIES:
        return Reply({"status": "Failed"})
    station.cabinet.list_version, station.cabinet.tokens = version, tokens
    return Reply({"status": "Accepted"})


def _list_16(station: Station, payload: Payload) -> Reply:
    entries = payload.get("localAuthorizationList", [])
    return _take_list(station, payload["listVersion"], entries, [each["idTag"] for each in entries])


def _list_2(station: Station, payload: Payload) -> Reply:
    entries = payload.get("localAuthorizationList", [])
    return _take_list(station, payload["versionNumber"], entries, [each["idToken"]["idToken"] for each in entries])


def _list_version_16(station: Station, payload: Payload) -> Reply:
    return Reply({"listVersion": station.cabinet.list_version})


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
