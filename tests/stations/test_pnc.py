"""Questions about cars' certificates on a real link, with a real hub: who answers, who does not, who fails."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.contracts import ContractWord, EvCertificate, Question, Word
from edgegw.model.site import Token
from edgegw.stations import pnc
from tests.support.hubs import a_site
from tests.support.site import VirtualSite

EMAID = {"idToken": "BR8AA1A2B3C4D5", "type": "eMAID"}
HASHES = {
    "hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c",
    "responderURL": "http://ocsp.example",
}  # fmt: skip
EV = {"iso15118SchemaVersion": "urn", "action": "Install", "exiRequest": "AAEC"}
CONTRACTS = a_site(tokens={"BR8AA1A2B3C4D5": Token("BR8AA1A2B3C4D5")})


async def answered(folder: Path, contracts: Any, action: str, payload: Any, version: Any = "2.0.1") -> Any:
    async with VirtualSite(folder, CONTRACTS) as site:
        site.contracts = contracts
        station = await site.station("CP01", version)
        answer = await station.call(action, payload)
        (decided,) = site.facts("token_decided") if action == "Authorize" else [None]
        return answer, decided


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_contract_charges_when_its_certificate_is_good(tmp_path: Path, version: Any) -> None:
    async def good(question: Question) -> Word:
        return ContractWord("accepted")

    payload = {"idToken": EMAID, "iso15118CertificateHashData": [HASHES]}
    answer, decided = await answered(tmp_path, good, "Authorize", payload, version)
    assert (answer["certificateStatus"], answer["idTokenInfo"]["status"]) == ("Accepted", "Accepted")
    assert decided.source == "list"


async def test_a_revoked_contract_does_not_charge_though_the_list_has_it(tmp_path: Path) -> None:
    async def revoked(question: Question) -> Word:
        return ContractWord("certificate_revoked")

    payload = {"idToken": EMAID, "iso15118CertificateHashData": [HASHES]}
    answer, decided = await answered(tmp_path, revoked, "Authorize", payload)
    assert (answer["certificateStatus"], answer["idTokenInfo"]["status"]) == ("CertificateRevoked", "Invalid")
    assert (decided.status, decided.source) == ("invalid", "cloud")


@pytest.mark.parametrize(
    ("shown", "status", "certificate"),
    [
        ({"iso15118CertificateHashData": [HASHES]}, "Accepted", None),
        ({"certificate": "-----BEGIN"}, "Invalid", "NoCertificateAvailable"),
    ],
)
async def test_while_nobody_answers_only_a_contract_that_the_station_verified_may_charge(
    tmp_path: Path, shown: Any, status: str, certificate: str | None
) -> None:
    answer, _ = await answered(tmp_path, pnc.nobody, "Authorize", {"idToken": EMAID, **shown})
    assert (answer["idTokenInfo"]["status"], answer.get("certificateStatus")) == (status, certificate)


async def test_a_car_gets_the_certificate_that_somebody_has_for_it(tmp_path: Path) -> None:
    async def provider(question: Question) -> Word:
        return EvCertificate("AwQF")

    answer, _ = await answered(tmp_path, provider, "Get15118EVCertificate", EV)
    assert answer == {"status": "Accepted", "exiResponse": "AwQF"}


@pytest.mark.parametrize("how", ["silent", "failing", "of another kind"])
async def test_a_provider_that_does_not_answer_costs_no_connection(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(pnc, "ASK_S", 0.05)

    async def provider(question: Question) -> Word:
        if how == "silent":
            await asyncio.sleep(60)
        if how == "failing":
            raise RuntimeError("no such luck")
        return ContractWord("accepted")

    answer, _ = await answered(tmp_path, provider, "Get15118EVCertificate", EV)
    assert answer == {"status": "Failed", "exiResponse": ""}
    told = {"silent": "nobody answered", "failing": "failed", "of another kind": ""}[how]
    assert told in caplog.text
    caplog.clear()
