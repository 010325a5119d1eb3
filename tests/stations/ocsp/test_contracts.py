"""The gateway's own answers about contracts, of a responder whose words are openssl's."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.contracts import (
    CertificateWord,
    ContractQuestion,
    ContractWord,
    EvCertificateQuestion,
    StatusQuestion,
)
from edgegw.model.site import Token
from edgegw.stations.ocsp import contracts as module
from edgegw.stations.ocsp import responders
from edgegw.stations.ocsp.chain import Trust
from edgegw.stations.ocsp.contracts import LocalContracts
from edgegw.stations.transfers import CONTRACTS
from edgegw.stations.v2.contracts import hashes
from tests.stations.ocsp.world import EMAID, World, now, serving
from tests.support.certificates import Authority
from tests.support.hubs import a_site
from tests.support.site import VirtualSite


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead


def local(world: World, clock: Clock | None = None, **settings: Any) -> LocalContracts:
    trust = Trust.read([world.path("root")], settings.pop("authorities", [world.path("sub")]))
    usual: dict[str, Any] = {"listed": ["localhost"], "within_s": 3.0, "lenient": False}
    return LocalContracts(trust, now=clock or Clock(), **{**usual, **settings})


def by_hashes(world: World, **other: Any) -> ContractQuestion:
    told = hashes({**world.hashes("leaf", "sub"), **other})
    return ContractQuestion(station="CP01", id_token=EMAID, hashes=(told,))


def whole(world: World, *names: str, id_token: str = EMAID) -> ContractQuestion:
    return ContractQuestion(station="CP01", id_token=id_token, chain=world.pem(*(names or ("leaf", "sub"))))


async def status(world: World, **settings: Any) -> CertificateWord:
    question = StatusQuestion(station="CP01", certificates=by_hashes(world).hashes)
    told = await local(world, **settings)(question)
    assert isinstance(told, tuple)
    (word,) = told
    assert isinstance(word, CertificateWord)
    return word


@pytest.mark.parametrize(
    ("known", "word"),
    [({"leaf": "V"}, "accepted"), ({"leaf": "R"}, "certificate_revoked"), ({}, "no_certificate_available")],
)
@pytest.mark.parametrize("lenient", [True, False])
async def test_a_contract_is_what_its_issuers_responder_says(
    world: World, known: Any, word: Any, lenient: bool
) -> None:
    world.knows("sub", **known)
    assert await local(world, lenient=lenient)(by_hashes(world)) == ContractWord(word)
    assert await local(world, lenient=lenient)(whole(world)) == ContractWord(word)


async def test_a_contract_whose_authority_was_revoked_does_not_charge(world: World) -> None:
    world.knows("root", sub="R")
    assert await local(world)(whole(world)) == ContractWord("certificate_revoked")


@pytest.mark.parametrize(
    ("signer", "believed"), [("sub", True), ("responder", True), ("plain", False), ("stranger", False)]
)
async def test_an_answer_counts_that_the_issuer_signed_or_who_it_made_a_responder(
    world: World, signer: str, believed: bool, caplog: Any
) -> None:
    world.signer = signer
    assert (await status(world)).status == ("good" if believed else "failed")
    assert ("not signed by who issued" in caplog.text) is not believed


async def test_digests_in_base64_are_understood(world: World) -> None:
    told = world.hashes("leaf", "sub")
    other = {name: base64.b64encode(bytes.fromhex(told[name])).decode() for name in ("issuerNameHash", "issuerKeyHash")}
    assert await local(world)(by_hashes(world, **other)) == ContractWord("accepted")


async def test_digests_that_are_none_get_no_answer_and_no_responder_is_asked(world: World) -> None:
    assert await local(world)(by_hashes(world, issuerKeyHash="zz")) == ContractWord("no_certificate_available")
    assert world.asked == []


@pytest.mark.parametrize(
    "other", [{"responderURL": "http://a..b/"}, {"responderURL": f"http://{'a' * 64}.b/"}, {"serialNumber": "-5"}]
)
async def test_what_nobody_can_be_asked_about_is_refused_where_an_answer_is_needed(
    world: World, other: dict[str, str]
) -> None:
    assert await local(world, lenient=False)(by_hashes(world, **other)) == ContractWord("no_certificate_available")
    assert world.asked == []


async def test_an_old_answer_is_none(world: World, caplog: Any) -> None:
    clock = Clock()
    clock.ahead = timedelta(minutes=16)
    assert (await status(world, clock=clock)).status == "failed"
    assert "time that is over" in caplog.text


async def test_an_answer_from_a_time_to_come_is_none(world: World, caplog: Any) -> None:
    clock = Clock()
    clock.ahead = -timedelta(minutes=6)
    assert (await status(world, clock=clock)).status == "failed"
    assert "time to come" in caplog.text


async def test_an_answer_is_remembered_until_it_is_renewed_and_no_longer(world: World) -> None:
    clock = Clock()
    asked = local(world, clock)
    for _ in range(3):
        assert await asked(by_hashes(world)) == ContractWord("accepted")
    assert world.asked == ["POST"]
    world.knows("sub", leaf="R")
    clock.ahead = timedelta(minutes=11)
    world.good_minutes = 20
    assert await asked(by_hashes(world)) == ContractWord("certificate_revoked")


async def test_an_answer_without_an_end_is_good_for_once(world: World) -> None:
    world.good_minutes = None
    asked = local(world)
    assert await asked(by_hashes(world)) == ContractWord("accepted")
    world.knows("sub", leaf="R")
    assert await asked(by_hashes(world)) == ContractWord("certificate_revoked")


async def test_a_responder_that_takes_no_post_is_asked_by_get(world: World) -> None:
    world.bad = "get only"
    assert await local(world)(by_hashes(world)) == ContractWord("accepted")
    assert world.asked == ["POST", "GET"]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("silent", "nobody answered within 0.3 s"), ("endless", "more than 65536 bytes"),
        ("redirect", "HTTP 302"), ("error", "HTTP 500"), ("no HTTP", "does not speak HTTP"),
    ],
)  # fmt: skip
async def test_what_a_bad_responder_does_is_said_and_costs_no_more_than_its_time(
    world: World, bad: Any, told: str, caplog: Any
) -> None:
    world.bad = bad
    assert (await status(world, within_s=0.3 if bad == "silent" else 3.0)).status == "failed"
    assert told in caplog.text


@pytest.mark.parametrize(("lenient", "word"), [(True, None), (False, ContractWord("no_certificate_available"))])
async def test_without_an_answer_it_is_left_to_the_token_or_refused(world: World, lenient: bool, word: Any) -> None:
    world.bad = "error"
    assert await local(world, lenient=lenient)(by_hashes(world)) == word
    assert await local(world, lenient=lenient)(whole(world)) == (word or ContractWord("accepted"))


@pytest.mark.parametrize(
    ("url", "told"), [("", "port {port} is asked of"), ("http://localhost/", "localhost is not a public address")]
)
async def test_a_responder_in_the_sites_network_is_not_asked_unless_it_is_named(
    world: World, url: str, told: str, caplog: Any
) -> None:
    question = by_hashes(world, responderURL=url or world.url)
    assert await local(world, listed=[])(question) == ContractWord("no_certificate_available")
    assert world.asked == []
    assert told.format(port=world.port) in caplog.text


async def test_an_answer_over_https(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    certificate = authority.issue("responder")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    responders._context.cache_clear()
    try:
        with serving(world, context) as port:
            question = by_hashes(world, responderURL=f"https://localhost:{port}/ocsp")
            assert await local(world)(question) == ContractWord("accepted")
            question = by_hashes(world, responderURL=f"https://127.0.0.1:{port}/ocsp")
            no = await local(world, listed=["127.0.0.1"])(question)
            assert no == ContractWord("no_certificate_available"), "its certificate has another name"
    finally:
        responders._context.cache_clear()


async def test_an_issuer_is_known_again_that_came_with_a_chain(world: World) -> None:
    asked = local(world, authorities=[])
    assert await asked(whole(world)) == ContractWord("accepted")
    asked._known.clear()
    assert await asked(by_hashes(world)) == ContractWord("accepted")


async def test_an_issuer_may_come_with_the_answer_as_the_question_holds_the_digest_of_its_key(world: World) -> None:
    assert (await status(world, authorities=[])).status == "good"


async def test_of_an_unknown_issuer_the_answer_goes_on_and_is_no_word_of_ours(world: World) -> None:
    world.signer = "responder"
    word = await status(world, authorities=[])
    assert word.status == "failed"
    assert word.ocsp is not None


async def test_what_is_not_about_a_status_is_not_answered_here(world: World) -> None:
    car = EvCertificateQuestion(station="CP01", action="install", schema="urn", exi="AA")
    assert await local(world)(car) is None
    crl = StatusQuestion(station="CP01", certificates=(hashes(world.hashes("leaf", "sub"), "CRL"),))
    assert await local(world)(crl) == (CertificateWord("failed"),)


async def test_no_more_answers_are_remembered_than_there_is_room_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CACHED", 1)
    asked = local(world)
    await asked(whole(world))
    assert len(asked._known) == 1


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
@pytest.mark.parametrize(("known", "said"), [("V", ("Accepted", "Accepted")), ("R", ("CertificateRevoked", "Invalid"))])
async def test_a_station_is_answered_by_what_the_responder_says(
    world: World, tmp_path: Path, version: Any, known: Any, said: Any
) -> None:
    world.knows("sub", leaf=known)
    told = world.hashes("leaf", "sub")
    async with VirtualSite(tmp_path, a_site(tokens={EMAID: Token(EMAID)})) as site:
        site.contracts = local(world)
        station = await site.station("CP01", version)

        async def call(action: str, payload: Any) -> Any:
            if version != "1.6":
                return await station.call(action, payload)
            carried = {"vendorId": CONTRACTS, "messageId": action, "data": json.dumps(payload)}
            answer: Any = await station.call("DataTransfer", carried)
            return json.loads(answer["data"])

        token = {"idToken": EMAID, "type": "eMAID"}
        for shown in ({"iso15118CertificateHashData": [told]}, {"certificate": world.pem("leaf", "sub")}):
            answer = await call("Authorize", {"idToken": token, **shown})
            assert (answer["certificateStatus"], answer["idTokenInfo"]["status"]) == said
        answer = await call("GetCertificateStatus", {"ocspRequestData": told})
    assert answer["status"] == "Accepted"
    (tmp_path / "station.res").write_bytes(base64.b64decode(answer["ocspResult"]))
    verified = subprocess.run(
        ["openssl", "ocsp", "-respin", tmp_path / "station.res", "-CAfile", world.path("root"), "-issuer",
         world.path("sub"), "-verify_other", world.path("sub"), "-sha256", "-cert", world.path("leaf")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Response verify OK" in verified.stderr
    assert ("good" if known == "V" else "revoked") in verified.stdout
