"""What a 1.6 station is told: certificates."""

from __future__ import annotations

import json
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


CARS = {**HASHES, "use": "mo_root"}


@pytest.mark.parametrize(
    ("name", "args", "action", "content"),
    [
        ("install_certificate", {"use": "v2g_root", "certificate": "PEM"}, "InstallCertificate",
         {"certificateType": "V2GRootCertificate", "certificate": "PEM"}),
        ("get_certificates", {"uses": ["mo_root", "v2g_root"]}, "GetInstalledCertificateIds",
         {"certificateType": ["MORootCertificate", "V2GRootCertificate"]}),
        ("delete_certificate", CARS, "DeleteCertificate", {"certificateHashData": HASH_DATA}),
        ("delete_certificate", {**HASHES, "use": "v2g_chain"}, "DeleteCertificate", {"certificateHashData": HASH_DATA}),
        ("sign_certificate", {"use": "v2g"}, "TriggerMessage", {"requestedMessage": "SignV2GCertificate"}),
        ("sign_certificate", {"use": "v2g", "chain": "PEM"}, "CertificateSigned",
         {"certificateChain": "PEM", "certificateType": "V2GCertificate"}),
    ],
)  # fmt: skip
def test_what_cars_see_goes_by_plug_and_charge(name: str, args: dict[str, Any], action: str, content: Payload) -> None:
    outgoing = order(name, **args)
    payload = assert_call(CODEC, outgoing)
    assert (outgoing.action, payload["vendorId"], payload["messageId"]) == (
        "DataTransfer", "org.openchargealliance.iso15118pnc", action,
    )  # fmt: skip
    assert json.loads(payload["data"]) == content


@pytest.mark.parametrize(
    ("name", "args", "answer", "ended"),
    [
        ("install_certificate", {"use": "mo_root", "certificate": "PEM"}, {"status": "Rejected"},
         ("rejected", "rejected", None)),
        ("get_certificates", {"uses": ["mo_root"]},
         {"status": "Accepted", "certificateHashDataChain": [
             {"certificateType": "MORootCertificate", "certificateHashData": HASH_DATA}]},
         ("done", None, {"certificates": [CARS]})),
        ("delete_certificate", CARS, {"status": "NotFound"}, ("rejected", "not_found", None)),
        ("sign_certificate", {"use": "v2g"}, {"status": "Accepted"}, ("done", None, None)),
        ("sign_certificate", {"use": "v2g"}, {"status": 1},
         ("failed", "its answer to TriggerMessage is not valid: status: is of the wrong type", None)),
        ("sign_certificate", {"use": "v2g"}, "nonsense",
         ("failed", "its answer to TriggerMessage is not valid: payload: is of the wrong type", None)),
    ],
)  # fmt: skip
def test_the_answer_within_the_answer_is_told_in_our_words(
    name: str, args: dict[str, Any], answer: Any, ended: Any
) -> None:
    found = order(name, **args).ending({"status": "Accepted", "data": json.dumps(answer)})
    assert (found.state, found.reason, found.result) == ended


def test_a_station_without_plug_and_charge_has_refused() -> None:
    found = order("sign_certificate", use="v2g").ending({"status": "UnknownVendorId"})
    assert (found.state, found.reason) == (
        "rejected", "the station does not take TriggerMessage of Plug & Charge: unknown_vendor_id",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "args", "reason"),
    [
        (
            "install_certificate",
            {"use": "oem_root", "certificate": "PEM"},
            "csms_root, manufacturer_root, mo_root, v2g",
        ),
        ("get_certificates", {}, "one use at a time"),
        ("get_certificates", {"uses": ["mo_root", "csms_root"]}, "one use at a time"),
        ("get_certificates", {"uses": ["oem_root"]}, "csms_root, manufacturer_root, mo_root, v2g_root"),
        ("install_certificate", {"use": "mo_root", "certificate": "P" * 5501}, "InstallCertificate: certificate"),
        ("sign_certificate", {"use": "combined"}, "station and v2g"),
    ],
)
def test_what_1_6_cannot_say_is_refused_with_the_reason(name: str, args: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unsupported, match=reason):
        order(name, **args)
