"""Names from paths, versions from offers, proofs by security profile."""

from __future__ import annotations

import base64

import pytest

from edgegw.stations.admission import Proof, certificate_names, choose_subprotocol, refusal, station_id


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/CP01", "CP01"),
        ("/ocpp/CP01", "CP01"),
        ("//CP01", "CP01"),
        ("/ocpp//CP01/", "CP01"),
        ("/ocpp/CP01?token=1", "CP01"),
        ("/ocpp/Vaga%201", "Vaga 1"),
        ("/ocpp/caf%C3%A9", "café"),
        ("/ws://192.168.1.2/CP_1/SERIAL", "SERIAL"),
        ("/http://host:9000/EVB-P123", "EVB-P123"),
        ("ws://host:9000/ocpp/CP01", "CP01"),
        ("/", None),
        ("", None),
        ("/ocpp/%2F", None),
        ("/ocpp/a%2Fb", None),
        ("/ocpp/a%00b", None),
        ("/ocpp/a%0Ab", None),
        ("/ocpp/%FF", None),
        ("/ocpp/" + "x" * 256, None),
    ],
)
def test_the_station_is_the_last_segment_of_the_path(path: str, expected: str | None) -> None:
    assert station_id(path) == expected


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["ocpp1.6"], "ocpp1.6"),
        (["ocpp0.1", "ocpp1.6"], "ocpp1.6"),
        (["ocpp2.0.1", "ocpp1.6"], "ocpp2.0.1"),
        (["ocpp1.6", "ocpp2.0.1"], "ocpp1.6"),
        (["ocpp2.1", "ocpp2.0.1"], "ocpp2.1"),
        (["OCPP1.6"], "OCPP1.6"),
        (["ocpp0.1"], None),
        (["ocpp2.0"], None),
        ([], None),
    ],
)
def test_the_first_offered_version_that_we_speak_is_taken(offered: list[str], chosen: str | None) -> None:
    assert choose_subprotocol(offered) == chosen


def basic(user: str, password: str | bytes) -> str:
    secret = password if isinstance(password, bytes) else password.encode()
    return "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()


def status(profile: int, proof: Proof, password: str | None = "pa:ss") -> int | None:
    found = refusal("CP01", profile, password, proof)
    return found.status if found else None


def test_profile_0_asks_for_nothing() -> None:
    assert status(0, Proof(tls=False)) is None
    assert status(0, Proof(tls=True)) is None


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic ???",
        "Bearer x",
        "Basic " + base64.b64encode(b"CP01").decode(),
        basic("CP02", "pa:ss"),
        basic("CP01", "wrong"),
        basic("CP01", ""),
    ],
)
def test_profile_1_refuses_a_wrong_name_or_password(authorization: str | None) -> None:
    assert status(1, Proof(tls=False, authorization=authorization)) == 401


def test_profile_1_lets_the_right_password_in_and_never_an_unset_one() -> None:
    assert status(1, Proof(tls=False, authorization=basic("CP01", "pa:ss"))) is None
    assert status(1, Proof(tls=False, authorization=basic("CP01", "")), password=None) == 401


@pytest.mark.parametrize("shown", ["c0ffee00c0ffee00", "C0FFEE00C0FFEE00", bytes.fromhex("c0ffee00c0ffee00")])
def test_a_hex_password_may_come_as_text_or_as_its_octets(shown: str | bytes) -> None:
    assert status(1, Proof(tls=False, authorization=basic("CP01", shown)), password="C0FFEE00C0FFEE00") is None


def test_profiles_2_and_3_do_not_come_in_over_plain_text() -> None:
    right = basic("CP01", "pa:ss")
    assert status(2, Proof(tls=False, authorization=right)) == 403
    assert status(2, Proof(tls=True, authorization=right)) is None
    assert status(2, Proof(tls=True)) == 401
    assert status(3, Proof(tls=False, certificate_names=frozenset({"CP01"}))) == 403


def test_a_certificate_opens_for_the_station_that_it_names_alone() -> None:
    assert status(3, Proof(tls=True, certificate_names=frozenset({"CP01"}))) is None
    assert status(3, Proof(tls=True, certificate_names=frozenset({"CP02"}))) == 401
    assert status(3, Proof(tls=True, authorization=basic("CP01", "pa:ss"))) == 401


def test_names_are_the_common_name_and_the_dns_names() -> None:
    certificate = {
        "subject": ((("organizationName", "O"),), (("commonName", "CP01"),)),
        "subjectAltName": (("DNS", "cp01.example"), ("IP Address", "10.0.0.1")),
    }
    assert certificate_names(certificate) == {"CP01", "cp01.example"}
    assert certificate_names(None) == frozenset()


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        (None, "it shows none"),
        ("Bearer abc", "its Authorization header is none of the scheme Basic"),
        (basic("cp01", "secret"), "its user name is not its identity"),
        (basic("CP01", "other"), "its password is wrong"),
        (basic("CP01", ""), "its password is empty"),
    ],
)
def test_the_log_says_what_was_wrong_with_a_password_and_the_station_is_not_told(
    authorization: str | None, said: str
) -> None:
    refused = refusal("CP01", 1, "secret", Proof(tls=False, authorization=authorization))
    assert refused is not None
    assert refused.told == f"wrong or missing user name or password: {said}"
    assert refused.text == "wrong or missing user name or password"


def test_a_password_without_its_padding_is_taken() -> None:
    assert refusal("CP01", 1, "secret", Proof(tls=False, authorization=basic("CP01", "secret").rstrip("="))) is None
