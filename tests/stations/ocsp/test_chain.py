"""Chains of contracts against roots of a site."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edgegw.stations.ocsp.chain import NotTrusted, Trust
from edgegw.stations.ocsp.chain import responders as named
from tests.stations.ocsp.world import EMAID, World, now


def refused(trust: Trust, pem: str, id_token: str = EMAID, days: int = 0) -> str:
    with pytest.raises(NotTrusted) as no:
        trust.chain(pem, id_token, now() + timedelta(days=days))
    return no.value.status


def test_a_chain_that_ends_at_a_root_holds_with_what_is_known_beforehand(world: World) -> None:
    root, sub = world.path("root"), world.path("sub")
    shown = Trust.read([root], []).chain(world.pem("leaf", "sub"), EMAID, now())
    known = Trust.read([root], [sub]).chain(world.pem("leaf"), EMAID, now())
    assert [each.subject.rfc4514_string() for each in shown] == [f"CN={EMAID}", "CN=sub", "CN=root"]
    assert known == shown
    assert named(shown[0]) == (world.url,)


@pytest.mark.parametrize("id_token", ["br-8aa-1a2b3c4d5", "BR8AA1A2B3C4D5X", "BR8AA1A2B3C4D5-X"])
def test_an_emaid_may_have_hyphens_and_a_check_digit(world: World, id_token: str) -> None:
    assert Trust.read([world.path("root")], []).chain(world.pem("leaf", "sub"), id_token, now())


def test_what_does_not_hold_is_said_in_ocpps_words(world: World) -> None:
    trust, whole = Trust.read([world.path("root")], []), world.pem("leaf", "sub")
    assert refused(trust, "-----BEGIN") == "cert_chain_error"
    assert refused(trust, world.pem("leaf")) == "cert_chain_error"
    assert refused(trust, whole, "BR8AA999999999") == "cert_chain_error"
    assert refused(trust, whole, days=25) == "certificate_expired"
    assert refused(trust, whole, days=-1) == "certificate_expired"
    assert refused(trust, whole * 5) == "cert_chain_error"
    assert refused(Trust.read([world.path("other")], []), whole) == "cert_chain_error"
    assert refused(Trust([]), whole) == "no_certificate_available"


@pytest.mark.parametrize("place", ["subject", "issuer"])
def test_a_certificate_with_a_broken_part_is_refused_like_any_other_that_is_none(world: World, place: str) -> None:
    der = x509.load_pem_x509_certificates(world.pem("leaf").encode())[0].public_bytes(Encoding.DER)
    told = {"subject": EMAID.encode(), "issuer": b"sub"}[place]
    broken, count = re.subn(told, lambda found: found[0][:-1] + b"\xff", der, count=1)
    assert count == 1
    pem = x509.load_der_x509_certificate(broken).public_bytes(Encoding.PEM).decode()
    assert refused(Trust.read([world.path("root")], []), pem) == "cert_chain_error"


def test_a_forged_certificate_is_told_by_its_signature(world: World, tmp_path: Path) -> None:
    forger = World(tmp_path)
    forger.root()
    forger.authority("sub", "root")
    forger.issue("leaf", "sub", subject=f"/CN={EMAID}")
    trust = Trust.read([world.path("root")], [])
    assert refused(trust, forger.pem("leaf") + world.pem("sub")) == "signature_error"
    assert refused(trust, forger.pem("leaf", "sub")) == "signature_error"


@pytest.mark.parametrize(
    "constraints",
    [
        "basicConstraints=critical,CA:FALSE\n", "keyUsage=keyCertSign\n",
        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature\n",
    ],
)  # fmt: skip
def test_who_is_no_authority_issues_no_contracts(world: World, constraints: str) -> None:
    world.authority("no-ca", "root", constraints)
    world.issue("of-no-ca", "no-ca", subject=f"/CN={EMAID}")
    trust = Trust.read([world.path("root")], [])
    assert refused(trust, world.pem("of-no-ca", "no-ca")) == "cert_chain_error"


def test_an_authority_makes_no_more_authorities_than_it_may(world: World) -> None:
    world.authority("last", "root", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n")
    world.authority("beyond", "last")
    world.issue("of-beyond", "beyond", subject=f"/CN={EMAID}")
    trust = Trust.read([world.path("root")], [])
    assert refused(trust, world.pem("of-beyond", "beyond", "last")) == "cert_chain_error"


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(ValueError, match=r"empty\.pem holds no certificate"):
        Trust.read([tmp_path / "empty.pem"], [])
    with pytest.raises(ValueError, match=r"gone\.pem can't be read: No such file"):
        Trust.read([], [tmp_path / "gone.pem"])
