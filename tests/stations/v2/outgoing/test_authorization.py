"""What a 2.x station is told: authorization."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Codec, ListEntry, Payload
from tests.stations.peers import NOW, assert_call, peer
from tests.stations.v2.ordering import both, order


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("clear_cache", {}, "ClearCache", {}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


@both
def test_the_local_list_goes_whole_with_a_rising_version(codec: Codec) -> None:
    entries = [ListEntry("ana", "accepted", "FLEET", "pt-BR", NOW), ListEntry("x" * 300, "accepted")]
    outgoing = order(codec, "send_local_list", peer(local_list=entries))
    assert assert_call(codec, outgoing) == {
        "versionNumber": 77,
        "updateType": "Full",
        "localAuthorizationList": [
            {"idToken": {"idToken": "ana", "type": "Central"},
             "idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "FLEET", "type": "Central"},
                             "language1": "pt-BR", "cacheExpiryDateTime": "2026-11-24T12:00:00.250Z"}},
        ],
    }  # fmt: skip
    assert outgoing.ending({"status": "Accepted"}).result == {"version": 77, "entries": 1}
    assert assert_call(codec, order(codec, "send_local_list")) == {"versionNumber": 77, "updateType": "Full"}
