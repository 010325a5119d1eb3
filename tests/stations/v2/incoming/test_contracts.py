"""Certificates of cars: what is asked of whom, and what a 2.x station gets of the answer."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.model.contracts import (
    CertificateHashes,
    CertificateWord,
    ContractQuestion,
    ContractWord,
    EvCertificate,
    EvCertificateQuestion,
    StatusQuestion,
)
from edgegw.model.requests import AuthorizeAnswer
from edgegw.stations.codec import Ask, Codec, Enquiry, Payload, Tell
from edgegw.stations.v2 import CODEC_21
from tests.stations.peers import NOW, assert_reply
from tests.stations.v2.hearing import both, hear

HASHES = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c"}
DATA = {**HASHES, "responderURL": "http://ocsp.example"}
CERTIFICATE = CertificateHashes(
    hash_algorithm="sha256", issuer_name_hash="a", issuer_key_hash="b", serial_number="c", urls=("http://ocsp.example",)
)
EMAID = {"idToken": "BR8AA1A2B3C4D5", "type": "eMAID"}


def enquiry(codec: Codec, action: str, payload: Payload) -> Enquiry:
    heard = hear(codec, action, payload)
    assert isinstance(heard, Enquiry)
    return heard


def authorized(asked: Enquiry, word: Any) -> tuple[Ask, dict[str, Any]]:
    ask = asked.then(word)
    assert isinstance(ask, Ask)
    status = "invalid" if ask.request.barred_by is not None else "accepted"  # type: ignore[union-attr]
    return ask, ask.reply(AuthorizeAnswer(status))


@both
def test_a_contract_that_the_station_has_verified_is_asked_about_by_its_hashes(codec: Codec) -> None:
    asked = enquiry(codec, "Authorize", {"idToken": EMAID, "iso15118CertificateHashData": [DATA]})
    assert asked.question == ContractQuestion(station="CP01", id_token="BR8AA1A2B3C4D5", hashes=(CERTIFICATE,))
    ask, reply = authorized(asked, ContractWord("accepted"))
    assert (ask.request.barred_by, reply["certificateStatus"]) == (None, "Accepted")  # type: ignore[union-attr]


@both
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("certificate_revoked", "CertificateRevoked"), ("certificate_expired", "CertificateExpired"),
        ("cert_chain_error", "CertChainError"), ("contract_cancelled", "ContractCancelled"),
        ("signature_error", "SignatureError"), ("no_certificate_available", "NoCertificateAvailable"),
    ],
)  # fmt: skip
def test_a_contract_that_is_no_good_takes_the_token_with_it(codec: Codec, word: Any, status: str) -> None:
    asked = enquiry(codec, "Authorize", {"idToken": EMAID, "certificate": "-----BEGIN"})
    ask, reply = authorized(asked, ContractWord(word))
    assert ask.request.barred_by == "cloud"  # type: ignore[union-attr]
    assert (reply["certificateStatus"], reply["idTokenInfo"]["status"]) == (status, "Invalid")


@both
def test_without_an_answer_a_verified_contract_is_left_to_the_token_and_another_is_good_for_nothing(
    codec: Codec,
) -> None:
    verified = enquiry(codec, "Authorize", {"idToken": EMAID, "iso15118CertificateHashData": [DATA]})
    ask, reply = authorized(verified, None)
    assert ask.request.barred_by is None  # type: ignore[union-attr]
    assert "certificateStatus" not in reply
    whole = enquiry(codec, "Authorize", {"idToken": EMAID, "certificate": "-----BEGIN"})
    ask, reply = authorized(whole, None)
    assert ask.request.barred_by == "policy"  # type: ignore[union-attr]
    assert reply["certificateStatus"] == "NoCertificateAvailable"


@both
def test_the_message_of_a_car_goes_through_whole_both_ways(codec: Codec) -> None:
    said = {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Update", "exiRequest": "AAEC"}
    asked = enquiry(codec, "Get15118EVCertificate", said)
    assert asked.question == EvCertificateQuestion(
        station="CP01", action="update", schema="urn:iso:15118:2:2013:MsgDef", exi="AAEC"
    )
    answered = asked.then(EvCertificate("AwQF", 2))
    assert isinstance(answered, Tell)
    left = {"remainingContracts": 2} if codec.version == "2.1" else {}
    assert answered.reply == {"status": "Accepted", "exiResponse": "AwQF", **left}
    too_long = "x" * 17001
    for no in (None, EvCertificate(too_long)):
        refused = asked.then(no)
        assert isinstance(refused, Tell)
        assert refused.reply == {"status": "Failed", "exiResponse": ""}


@both
def test_an_ocsp_response_goes_to_the_station_as_it_is(codec: Codec) -> None:
    asked = enquiry(codec, "GetCertificateStatus", {"ocspRequestData": DATA})
    assert asked.question == StatusQuestion(station="CP01", certificates=(CERTIFICATE,))
    answered = asked.then((CertificateWord("good", "MIIB"),))
    assert isinstance(answered, Tell)
    assert answered.reply == {"status": "Accepted", "ocspResult": "MIIB"}
    for no in (None, (CertificateWord("good"),), (), (CertificateWord("good", "x" * 18001),)):
        refused = asked.then(no)
        assert isinstance(refused, Tell)
        assert refused.reply == {"status": "Failed"}


def test_a_chain_of_2_1_is_answered_one_by_one() -> None:
    asks = [
        {"certificateHashData": HASHES, "source": "OCSP", "urls": ["http://ocsp.example"]},
        {"certificateHashData": {**HASHES, "serialNumber": "d"}, "source": "CRL", "urls": ["http://crl.example"]},
    ]
    asked = enquiry(CODEC_21, "GetCertificateChainStatus", {"certificateStatusRequests": asks})
    assert isinstance(asked.question, StatusQuestion)
    assert asked.question.certificates[0] == CERTIFICATE
    assert (asked.question.certificates[1].source, asked.question.certificates[1].serial_number) == ("crl", "d")
    for word, statuses in (
        ((CertificateWord("good", None, NOW), CertificateWord("revoked")), ["Good", "Revoked"]),
        (None, ["Failed", "Failed"]),
        ((CertificateWord("good"),), ["Failed", "Failed"]),
    ):
        answered = asked.then(word)
        assert isinstance(answered, Tell)
        told = answered.reply["certificateStatus"]
        assert [each["status"] for each in told] == statuses
        assert told[0]["nextUpdate"].endswith("Z")
        assert [each["certificateHashData"]["serialNumber"] for each in told] == ["c", "d"]


def test_of_a_certificate_that_is_asked_about_the_answer_says_no_more_than_its_schema_takes() -> None:
    data = {**HASHES, "issuerNameHash": "a" * 500, "vendorKey": 1}
    ask = {"certificateHashData": data, "source": "OCSP", "urls": ["http://ocsp.example"]}
    answered = enquiry(CODEC_21, "GetCertificateChainStatus", {"certificateStatusRequests": [ask]}).then(None)
    assert isinstance(answered, Tell)
    assert_reply(CODEC_21, "GetCertificateChainStatus", answered.reply)
    (told,) = answered.reply["certificateStatus"]
    assert told["certificateHashData"] == {**HASHES, "issuerNameHash": "a" * 128}
