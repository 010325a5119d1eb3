"""What a 2.x station says: authorization."""

from __future__ import annotations

import ocpp.v21.enums
import ocpp.v201.enums

from edgegw.model.requests import AuthorizeAnswer, AuthorizeRequest
from edgegw.stations.codec import Codec
from edgegw.stations.v2 import tokens
from edgegw.stations.v2.dialect import V21
from tests.stations.peers import NOW, assert_reply
from tests.stations.v2.hearing import ask, both


@both
def test_authorize(codec: Codec) -> None:
    heard = ask(codec, "Authorize", {"idToken": {"idToken": "04A1", "type": "ISO15693"}})
    assert heard.request == AuthorizeRequest(station="CP01", at=NOW, id_token="04A1", kind="ISO15693")
    for status, word in tokens.STATUSES.items():
        reply = heard.reply(AuthorizeAnswer(status, "family", "pt-BR"))
        assert_reply(codec, "Authorize", reply)
        assert reply["idTokenInfo"]["status"] == word
        assert reply["idTokenInfo"]["groupIdToken"] == {"idToken": "family", "type": "Central"}
        assert reply["idTokenInfo"]["language1"] == "pt-BR"
    assert set(tokens.STATUSES.values()) <= {each.value for each in ocpp.v201.enums.AuthorizationStatusEnumType}
    assert_reply(codec, "Authorize", heard.reply(AuthorizeAnswer("accepted", "g" * 300, "x" * 9)))


def test_a_long_group_is_told_to_2_1_which_has_room_for_it() -> None:
    assert "groupIdToken" in tokens.info("accepted", "g" * 200, None, V21)
