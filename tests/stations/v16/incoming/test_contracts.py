"""Plug & Charge of 1.6: the same story as 2.0.1 tells, in the data of a DataTransfer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edgegw.model.contracts import ContractWord, EvCertificate
from edgegw.model.requests import AuthorizeAnswer
from edgegw.stations.codec import Ask, Codec, Enquiry, Incoming, Payload, Tell
from edgegw.stations.schemas import for_version
from edgegw.stations.v2 import CODEC_201
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_reply, assert_tolerated, peer

VENDOR = "org.openchargealliance.iso15118pnc"
EMAID = {"idToken": "BR8AA1A2B3C4D5", "type": "eMAID"}
HASHES = {
    "hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c",
    "responderURL": "http://ocsp.example",
}  # fmt: skip


def carried(action: str, content: Any) -> Payload:
    return {"vendorId": VENDOR, "messageId": action, "data": json.dumps(content)}


def twins(action: str, content: Payload) -> tuple[Incoming, Incoming]:
    """What 1.6 and 2.0.1 mean by it."""
    assert_tolerated(CODEC, "DataTransfer", carried(action, content))
    return CODEC.incoming("DataTransfer", carried(action, content), peer()), CODEC_201.incoming(action, content, peer())


def inner(codec: Codec, action: str, reply: Payload) -> Payload:
    """The reply of a version as 2.0.1 has it; it is valid in its own."""
    if codec is CODEC_201:
        return reply
    assert_reply(CODEC, "DataTransfer", reply)
    assert reply["status"] == "Accepted"
    found: Payload = json.loads(reply["data"])
    schema = for_version("2.0.1").get(action, "response", strict=True)
    assert schema is not None
    assert schema.violation(found) is None
    return found


CASES: list[tuple[str, Payload, Any]] = [
    ("Authorize", {"idToken": EMAID}, None),
    ("Authorize", {"idToken": EMAID, "iso15118CertificateHashData": [HASHES]}, ContractWord("accepted")),
    ("Authorize", {"idToken": EMAID, "certificate": "PEM"}, ContractWord("certificate_revoked")),
    ("Authorize", {"idToken": EMAID, "certificate": "PEM"}, None),
    ("Get15118EVCertificate", {"iso15118SchemaVersion": "urn", "action": "Install", "exiRequest": "AA"},
     EvCertificate("AwQF")),
    ("Get15118EVCertificate", {"iso15118SchemaVersion": "urn", "action": "Update", "exiRequest": "AA"}, None),
    ("GetCertificateStatus", {"ocspRequestData": HASHES}, None),
    ("SignCertificate", {"csr": "CSR", "certificateType": "V2GCertificate"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("action", "content", "word"), CASES)
def test_what_1_6_carries_is_what_2_0_1_says(action: str, content: Payload, word: Any) -> None:
    found = []
    for codec, heard in zip((CODEC, CODEC_201), twins(action, content), strict=True):
        question = heard.question if isinstance(heard, Enquiry) else None
        told = heard.then(word) if isinstance(heard, Enquiry) else heard
        if isinstance(told, Ask):
            request, facts = told.request, ()
            reply = told.reply(AuthorizeAnswer("accepted" if told.request.barred_by is None else "invalid"))  # type: ignore[union-attr]
        else:
            request, facts, reply = None, told.facts, told.reply
        found.append((question, request, facts, inner(codec, action, reply)))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        ("not JSON", {"status": "Rejected"}), ("[]", {"status": "Rejected"}), ("{}", {"status": "Rejected"}),
        (None, {"status": "Rejected"}), ("[" * 2000, {"status": "Rejected"}),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_rejected(content: Any, reply: Payload) -> None:
    payload = {
        "vendorId": VENDOR,
        "messageId": "GetCertificateStatus",
        **({} if content is None else {"data": content}),
    }
    heard = CODEC.incoming("DataTransfer", payload, peer())
    assert isinstance(heard, Tell)
    assert (heard.reply, heard.facts) == (reply, ())


def test_a_token_by_itself_is_an_emaid() -> None:
    heard = CODEC.incoming("DataTransfer", carried("Authorize", {"idToken": "BR8AA1A2B3C4D5"}), peer())
    assert isinstance(heard, Ask)
    assert heard.request.kind == "eMAID"  # type: ignore[union-attr]


@pytest.mark.parametrize("action", ["InstallCertificate", "Sing"])
def test_a_message_that_stations_do_not_send_is_answered_as_that(action: str) -> None:
    heard = CODEC.incoming("DataTransfer", carried(action, {}), peer())
    assert isinstance(heard, Tell)
    assert heard.reply == {"status": "UnknownMessageId"}
