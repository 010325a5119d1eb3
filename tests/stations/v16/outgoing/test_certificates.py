"""What a 1.6 station is told: certificates."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Payload, Unsupported
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_call
from tests.stations.v16.ordering import order

HASHES = {"hash_algorithm": "sha256", "issuer_name_hash": "aa", "issuer_key_hash": "bb", "serial_number": "01"}
HASH_DATA = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "01"}


@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("install_certificate", {"use": "csms_root", "certificate": "PEM"}, "InstallCertificate",
         {"certificateType": "CentralSystemRootCertificate", "certificate": "PEM"}),
        ("get_certificates", {"uses": ["manufacturer_root"]}, "GetInstalledCertificateIds",
         {"certificateType": "ManufacturerRootCertificate"}),
        ("delete_certificate", HASHES, "DeleteCertificate", {"certificateHashData": HASH_DATA}),
        ("sign_certificate", {}, "ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}),
        ("sign_certificate", {"chain": "PEM"}, "CertificateSigned", {"certificateChain": "PEM"}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(name: str, args: dict[str, Any], action: str, payload: Payload) -> None:
    outgoing = order(name, **args)
    assert (outgoing.action, assert_call(CODEC, outgoing)) == (action, payload)


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("install_certificate", {"use": "csms_root", "certificate": "PEM"}, {"status": "Failed"}, "failed", "failed",
         None),
        ("get_certificates", {"uses": ["csms_root"]}, {"status": "NotFound"}, "done", None, {"certificates": []}),
        ("get_certificates", {"uses": ["csms_root"]}, {"status": "Accepted", "certificateHashData": [HASH_DATA]},
         "done", None, {"certificates": [{"use": "csms_root", **HASHES}]}),
        ("delete_certificate", HASHES, {"status": "NotFound"}, "rejected", "not_found", None),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("install_certificate", {"use": "v2g_root", "certificate": "PEM"}, "csms_root and manufacturer_root"),
        ("get_certificates", {}, "one use at a time"),
        ("get_certificates", {"uses": ["mo_root"]}, "csms_root and manufacturer_root"),
        ("sign_certificate", {"use": "v2g"}, "no V2G certificates"),
    ],
)
def test_what_1_6_cannot_say_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(name, **args)
