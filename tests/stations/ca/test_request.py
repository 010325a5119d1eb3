"""What an authority signs, and what it says to the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgegw.stations.ca.request import Unsigned, checked
from tests.stations.ca.requests import EC, a_request

CURVE = "ec_paramgen_curve:"


@pytest.mark.parametrize("key", [EC, ("-newkey", "rsa:2048"), ("-newkey", "ec", "-pkeyopt", f"{CURVE}secp384r1")])
def test_keys_that_ocpp_names_are_signed(tmp_path: Path, key: tuple[str, ...]) -> None:
    checked(a_request(tmp_path, "/CN=CP01", *key), {"CP01"}, None)


def test_the_common_name_may_be_the_serial_number_and_letters_are_alike(tmp_path: Path) -> None:
    checked(a_request(tmp_path, "/CN=sn-0001"), {"CP01", "SN-0001"}, None)


@pytest.mark.parametrize(
    ("subject", "key", "options", "why"),
    [
        ("/CN=CP02", EC, {}, "the common name is CP02, not CP01 or SN1"),
        ("/O=Hub", EC, {}, "needs one common name"),
        ("/CN=CP01/CN=CP02", EC, {}, "needs one common name"),
        ("/CN=CP01/O=Elsewhere", EC, {}, "the organisation .O. is Elsewhere, not Hub"),
        ("/CN=CP01", EC, {}, "the organisation .O. is not said, not Hub"),
        ("/CN=CP01/O=Hub", ("-newkey", "rsa:1024"), {}, "2048 to 8192 bits, this one has 1024"),
        ("/CN=CP01/O=Hub", ("-newkey", "ec", "-pkeyopt", f"{CURVE}secp256k1"), {}, "on the curve secp256k1"),
        ("/CN=CP01/O=Hub", ("-newkey", "ed25519"), {}, "neither RSA nor on an elliptic curve"),
        ("/CN=CP01/O=Hub", EC, {"extensions": ("basicConstraints=CA:TRUE",)}, "for an authority, not for a station"),
        ("/CN=CP01/O=Hub", EC, {"extensions": ("keyUsage=keyCertSign",)}, "wants to sign certificates"),
        ("/CN=CP01/O=Hub", EC, {"digest": "sha1"}, "signed with sha1, which is too weak"),
    ],
)
def test_what_is_refused_is_refused_in_words(
    tmp_path: Path, subject: str, key: tuple[str, ...], options: dict[str, Any], why: str
) -> None:
    with pytest.raises(Unsigned, match=why):
        checked(a_request(tmp_path, subject, *key, **options), {"CP01", "SN1"}, "Hub")


def test_a_request_that_somebody_changed_is_not_proven(tmp_path: Path) -> None:
    import base64

    request = a_request(tmp_path)
    body = bytearray(base64.b64decode("".join(request.splitlines()[1:-1])))
    body[-1] ^= 1
    changed = base64.encodebytes(bytes(body)).decode()
    with pytest.raises(Unsigned, match=r"signature is wrong|can't be read"):
        checked(f"-----BEGIN CERTIFICATE REQUEST-----\n{changed}-----END CERTIFICATE REQUEST-----\n", {"CP01"}, None)


@pytest.mark.parametrize(
    "pem", ["", "no PEM", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"]
)
def test_what_is_no_request_is_told_apart(pem: str) -> None:
    with pytest.raises(Unsigned, match="no PKCS#10 in PEM"):
        checked(pem, {"CP01"}, None)


def test_a_flood_is_not_parsed() -> None:
    with pytest.raises(Unsigned, match="longer than"):
        checked("x" * 12_000, {"CP01"}, None)
