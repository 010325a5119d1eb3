"""The authority against openssl: what it signs is what others take, and what it took back they refuse."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgegw.core.security import fingerprint
from edgegw.stations.ca.authority import Authority, Signed
from edgegw.stations.ca.request import Unsigned
from tests.stations.ca.requests import a_request
from tests.support.certificates import Authority as Other

NOW = datetime.now(UTC).replace(microsecond=0)


def openssl(*args: object) -> str:
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def signed(folder: Path, authority: Authority, station: str = "CP01", subject: str = "/CN=CP01/O=Hub") -> Signed:
    made = authority.sign(a_request(folder, subject), station, {station, "SN1"}, NOW, organisation=None, days=30)
    (folder / "leaf.pem").write_text(made.chain)
    return made


def test_an_authority_is_made_once_and_its_key_is_for_the_gateway_alone(tmp_path: Path) -> None:
    first = Authority.open(tmp_path / "ca", "Hub", NOW)
    assert Authority.open(tmp_path / "ca", "Hub", NOW).root == first.root
    assert (tmp_path / "ca" / "ca.key").stat().st_mode & 0o777 == 0o600
    told = openssl("x509", "-in", tmp_path / "ca" / "ca.pem", "-noout", "-text")
    assert "CA:TRUE, pathlen:0" in told
    assert "prime256v1" in told


def test_what_it_signs_is_a_clients_certificate_that_names_the_station(tmp_path: Path) -> None:
    made = signed(tmp_path, Authority.open(tmp_path / "ca", "Hub", NOW), subject="/CN=SN1/O=Hub")
    verified = openssl("verify", "-purpose", "sslclient", "-x509_strict", "-CAfile", tmp_path / "ca/ca.pem",
                       tmp_path / "leaf.pem")  # fmt: skip
    assert verified.endswith(": OK\n"), verified
    told = openssl("x509", "-in", tmp_path / "leaf.pem", "-noout", "-text", "-fingerprint", "-sha256")
    assert "Subject: CN = SN1, O = Hub" in told
    assert "DNS:CP01" in told
    assert "CA:FALSE" in told
    assert made.fingerprint == fingerprint(made.chain) == told.split("Fingerprint=")[1].replace(":", "").strip().lower()
    assert made.expires_at == NOW + timedelta(days=30)


def test_a_revoked_certificate_is_refused_by_the_list(tmp_path: Path) -> None:
    authority = Authority.open(tmp_path / "ca", "Hub", NOW)
    made = signed(tmp_path, authority)
    verify = ("verify", "-crl_check", "-CAfile", tmp_path / "ca/ca.pem", "-CRLfile", tmp_path / "crl.pem",
              tmp_path / "leaf.pem")  # fmt: skip
    (tmp_path / "crl.pem").write_bytes(authority.revoked([], NOW))
    assert openssl(*verify).endswith(": OK\n")
    (tmp_path / "crl.pem").write_bytes(authority.revoked([(made.serial_number, NOW)], NOW))
    assert "certificate revoked" in openssl(*verify)


def test_an_authority_below_another_sends_itself_along_but_not_the_root(tmp_path: Path) -> None:
    root = Other(tmp_path)
    (tmp_path / "sub.ext").write_text("basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign,cRLSign\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            tmp_path / "sub.key", "-out", tmp_path / "sub.csr", "-subj", "/CN=sub")  # fmt: skip
    openssl("x509", "-req", "-in", tmp_path / "sub.csr", "-CA", root.ca, "-CAkey", tmp_path / "ca.key",
            "-CAcreateserial", "-days", 2, "-extfile", tmp_path / "sub.ext", "-out", tmp_path / "sub.pem")  # fmt: skip
    chain = tmp_path / "chain.pem"
    chain.write_text((tmp_path / "sub.pem").read_text() + root.ca.read_text())
    made = signed(tmp_path, Authority.read(chain, tmp_path / "sub.key"))
    assert made.chain.count("BEGIN CERTIFICATE") == 2
    assert made.expires_at < NOW + timedelta(days=3), "no certificate outlives the one that signed it"
    assert "OK" in openssl("verify", "-CAfile", root.ca, "-untrusted", tmp_path / "leaf.pem", tmp_path / "leaf.pem")
    assert made.within(len(made.leaf)) == made.leaf
    with pytest.raises(Unsigned, match="takes 100 characters"):
        made.within(100)


@pytest.mark.parametrize("what", ["leaf", "other key", "nothing", "no PEM"])
def test_files_that_are_no_authority_are_told_in_words(tmp_path: Path, what: str) -> None:
    root = Other(tmp_path)
    leaf = root.issue("hub")
    certificate, key, why = {
        "leaf": (leaf, leaf.with_suffix(".key"), "no certificate of an authority"),
        "other key": (root.ca, leaf.with_suffix(".key"), "belongs to another certificate"),
        "nothing": (tmp_path / "none.pem", tmp_path / "none.key", "No such file"),
        "no PEM": (root.ca, root.ca, "no authority in PEM"),
    }[what]
    with pytest.raises(ValueError, match=why):
        Authority.read(certificate, key)
