"""What a 2.x station is told: certificates."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.stations.codec import Codec, Payload, Unsupported
from edgegw.stations.v2 import CODEC_201
from tests.stations.peers import assert_call
from tests.stations.v2.ordering import both, order

HASHES = {"hash_algorithm": "sha256", "issuer_name_hash": "aa", "issuer_key_hash": "bb", "serial_number": "01"}
HASH_DATA = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "01"}


@both
@pytest.mark.parametrize(
    ("name", "args", "action", "payload"),
    [
        ("install_certificate", {"use": "v2g_root", "certificate": "PEM"}, "InstallCertificate",
         {"certificateType": "V2GRootCertificate", "certificate": "PEM"}),
        ("get_certificates", {}, "GetInstalledCertificateIds", {}),
        ("get_certificates", {"uses": ["csms_root", "mo_root"]}, "GetInstalledCertificateIds",
         {"certificateType": ["CSMSRootCertificate", "MORootCertificate"]}),
        ("delete_certificate", HASHES, "DeleteCertificate", {"certificateHashData": HASH_DATA}),
        ("sign_certificate", {"use": "v2g"}, "TriggerMessage", {"requestedMessage": "SignV2GCertificate"}),
        ("sign_certificate", {"use": "combined"}, "TriggerMessage", {"requestedMessage": "SignCombinedCertificate"}),
        ("sign_certificate", {"use": "combined", "chain": "PEM"}, "CertificateSigned", {"certificateChain": "PEM"}),
        ("sign_certificate", {"chain": "PEM"}, "CertificateSigned",
         {"certificateChain": "PEM", "certificateType": "ChargingStationCertificate"}),
    ],
)  # fmt: skip
def test_a_command_becomes_its_call(
    codec: Codec, name: str, args: dict[str, Any], action: str, payload: Payload
) -> None:
    outgoing = order(codec, name, **args)
    assert (outgoing.action, assert_call(codec, outgoing)) == (action, payload)


@pytest.mark.parametrize(
    ("name", "args", "answer", "state", "reason", "result"),
    [
        ("get_certificates", {},
         {"status": "Accepted", "certificateHashDataChain": [
             {"certificateType": "CSMSRootCertificate", "certificateHashData": HASH_DATA},
             {"certificateType": "V2GCertificateChain", "certificateHashData": HASH_DATA,
              "childCertificateHashData": [HASH_DATA]}]},
         "done", None,
         {"certificates": [{"use": "csms_root", **HASHES}, {"use": "v2g_chain", **HASHES},
                           {"use": "v2g_chain", **HASHES}]}),
    ],
)  # fmt: skip
def test_its_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Payload, state: str, reason: str | None, result: Any
) -> None:
    ended = order(CODEC_201, name, **args).ending(answer)
    assert (ended.state, ended.reason, ended.result) == (state, reason, result)


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        ("install_certificate", {"use": "oem_root", "certificate": "PEM"}, "no certificates for oem_root"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(CODEC_201, name, **args)
