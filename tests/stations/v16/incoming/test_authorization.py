"""What a 1.6 station says: authorization."""

from __future__ import annotations

import ocpp.v16.enums

from edgegw.model.requests import AuthorizeAnswer, AuthorizeRequest
from edgegw.stations.v16 import CODEC
from edgegw.stations.v16.tokens import STATUSES as WORDS
from tests.stations.peers import NOW, assert_reply
from tests.stations.v16.hearing import ask


def test_authorize() -> None:
    heard = ask("Authorize", {"idTag": "04A1"})
    assert heard.request == AuthorizeRequest(station="CP01", at=NOW, id_token="04A1", kind="ISO14443")
    for status, word in WORDS.items():
        reply = heard.reply(AuthorizeAnswer(status, "family"))
        assert_reply(CODEC, "Authorize", reply)
        assert reply == {"idTagInfo": {"status": word, "parentIdTag": "family"}}
    assert set(WORDS.values()) == {each.value for each in ocpp.v16.enums.AuthorizationStatus}
    too_long = heard.reply(AuthorizeAnswer("accepted", "x" * 21))
    assert too_long == {"idTagInfo": {"status": "Accepted"}}
