"""What a 1.6 station is told: authorization."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import ListEntry, Payload
from edgegw.stations.v16 import CODEC
from tests.stations.peers import NOW, assert_call, peer
from tests.stations.v16.ordering import order


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("clear_cache", {}, "ClearCache", {}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


def test_the_local_list_goes_whole_with_a_rising_version() -> None:
    entries = [
        ListEntry("04A1", "accepted", group="FLEET", expires_at=NOW), ListEntry("04A2", "blocked"),
        ListEntry("x" * 21, "accepted"),
    ]  # fmt: skip
    outgoing = order("send_local_list", peer(local_list=entries))
    assert assert_call(CODEC, outgoing) == {
        "listVersion": 77,
        "updateType": "Full",
        "localAuthorizationList": [
            {"idTag": "04A1", "idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET",
                                            "expiryDate": "2026-11-24T12:00:00.250Z"}},
            {"idTag": "04A2", "idTagInfo": {"status": "Blocked"}},
        ],
    }  # fmt: skip
    assert outgoing.ending({"status": "Accepted"}).result == {"version": 77, "entries": 2}
    assert outgoing.ending({"status": "NotSupported"}).reason == "not_supported"
    assert_call(CODEC, order("send_local_list"))
