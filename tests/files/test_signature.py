"""Firmware and what signs it, made with openssl as makers do it."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgegw.files.signature import NotSigned, prove
from tests.support.certificates import Authority

NOW = datetime.now(UTC) + timedelta(hours=2)
FIRMWARE = b"\x7fELF firmware of a station"
DIGEST = hashlib.sha256(FIRMWARE).digest()


def signed(folder: Path, key: Path, *options: str) -> str:
    """The signature of FIRMWARE with a key, in base64."""
    file = folder / "firmware.bin"
    file.write_bytes(FIRMWARE)
    made = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", str(key), *options, str(file)], check=True, capture_output=True
    )
    return base64.b64encode(made.stdout).decode()


def rsa(folder: Path) -> tuple[str, Path]:
    certificate, key = folder / "rsa.pem", folder / "rsa.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=maker"],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate.read_text(), key


def test_ecdsa_signs(tmp_path: Path) -> None:
    certificate = Authority(tmp_path).issue("maker")
    prove(DIGEST, certificate.read_text(), signed(tmp_path, certificate.with_suffix(".key")), now=NOW)


@pytest.mark.parametrize("options", [("-sigopt", "rsa_padding_mode:pss"), ()], ids=["PSS", "PKCS #1 v1.5"])
def test_rsa_signs(tmp_path: Path, options: tuple[str, ...]) -> None:
    certificate, key = rsa(tmp_path)
    prove(DIGEST, certificate, signed(tmp_path, key, *options), now=NOW)


def test_other_firmware_is_not_signed(tmp_path: Path) -> None:
    certificate, key = rsa(tmp_path)
    with pytest.raises(NotSigned, match="not this certificate's"):
        prove(hashlib.sha256(b"other").digest(), certificate, signed(tmp_path, key), now=NOW)


def test_a_certificate_out_of_its_time_signs_nothing(tmp_path: Path) -> None:
    certificate = Authority(tmp_path).issue("maker")
    proof = signed(tmp_path, certificate.with_suffix(".key"))
    with pytest.raises(NotSigned, match="not valid today"):
        prove(DIGEST, certificate.read_text(), proof, now=NOW + timedelta(days=9))


@pytest.mark.parametrize(("certificate", "proof"), [("no PEM", "AAAA"), ("", ""), (None, "not base64!")])
def test_what_can_not_be_read_signs_nothing(tmp_path: Path, certificate: str | None, proof: str) -> None:
    with pytest.raises(NotSigned, match="no PEM"):
        prove(DIGEST, rsa(tmp_path)[0] if certificate is None else certificate, proof, now=NOW)


def test_where_issuers_are_named_no_other_certificate_signs(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    certificate = ours.issue("maker")
    proof = signed(tmp_path, certificate.with_suffix(".key"))
    prove(DIGEST, certificate.read_text(), proof, now=NOW, issuers=theirs.ca.read_text() + ours.ca.read_text())
    with pytest.raises(NotSigned, match="firmware_ca"):
        prove(DIGEST, certificate.read_text(), proof, now=NOW, issuers=theirs.ca.read_text())
    with pytest.raises(NotSigned, match="holds no certificate"):
        prove(DIGEST, certificate.read_text(), proof, now=NOW, issuers="")
