"""The service with a real hub, ledger and links: a station asks, gets its certificate, renews it, and loses it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.security import is_revoked, newest
from edgegw.model import facts as f
from edgegw.stations.ca.service import Certificates
from edgegw.stations.keys import Keys
from edgegw.stations.settings import CaSettings
from tests.stations.ca.requests import a_request
from tests.stations.ca.test_authority import openssl
from tests.support.hubs import a_site, a_station
from tests.support.site import VirtualSite, VirtualStation

VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])


def a_site_with(profile: int = 2) -> Any:
    return a_site(stations={"CP01": replace(a_station("CP01"), security_profile=profile)})


@asynccontextmanager
async def signing(site: VirtualSite, **settings: Any) -> AsyncIterator[Certificates]:
    service = Certificates(site.hub, CaSettings(**settings), site.folder / "ca", Keys(), look_every_s=0.02)
    started = asyncio.Event()
    run = asyncio.create_task(service.run(started.set))
    await started.wait()
    await asyncio.sleep(0.01)
    try:
        yield service
        if run.done():
            run.result()
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def until(check: Any) -> None:
    async with asyncio.timeout(5):
        while not check():
            await asyncio.sleep(0.005)


async def ask(station: VirtualStation, csr: str, **more: Any) -> None:
    answer = await station.call("SignCertificate", {"csr": csr, **more})
    assert answer["status"] == "Accepted"


@VERSIONS
async def test_a_station_gets_the_certificate_that_it_asks_for(tmp_path: Path, version: Any) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", version)
        given: list[Any] = []
        station.answers["CertificateSigned"] = lambda payload: given.append(payload) or {"status": "Accepted"}
        async with signing(site):
            await ask(station, a_request(tmp_path))
            await until(lambda: site.facts("certificate_issued"))
            (signed,) = site.facts("certificate_signed")
            (issued,) = site.facts("certificate_issued")
        assert given[0]["certificateChain"].count("BEGIN CERTIFICATE") == 1
        assert (issued.fingerprint, issued.by) == (signed.fingerprint, "gateway:ca")
        held = newest(site.hub.state.stations["CP01"])
        assert held is not None
        assert (held.fingerprint, held.serial_number) == (signed.fingerprint, signed.serial_number)
        assert (site.folder / "ca" / "ca.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("profile", "subject", "why"),
    [(2, "/CN=CP99", "the common name is CP99"), (0, "/CN=CP01", "proven itself by nothing yet")],
)
async def test_what_is_not_signed_is_a_fact_with_the_reason(
    tmp_path: Path, profile: int, subject: str, why: str
) -> None:
    async with VirtualSite(tmp_path, a_site_with(profile)) as site:
        station = await site.station("CP01", "2.0.1")
        async with signing(site):
            await ask(station, a_request(tmp_path, subject))
            await until(lambda: site.facts("certificate_refused"))
        (refused,) = site.facts("certificate_refused")
        assert why in refused.reason
        assert not site.facts("certificate_signed")


async def test_a_station_that_does_not_take_its_certificate_is_told_of(tmp_path: Path) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", "2.0.1")
        station.answers["CertificateSigned"] = {"status": "Rejected"}
        async with signing(site):
            await ask(station, a_request(tmp_path))
            await until(lambda: site.facts("certificate_refused"))
        assert "did not take it" in site.facts("certificate_refused")[0].reason
        assert newest(site.hub.state.stations["CP01"]) is None


async def test_a_chain_keeps_within_what_the_station_says_it_takes(tmp_path: Path) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", "2.0.1")
        told = {"component": "SecurityCtrlr", "variable": "MaxCertificateChainSize", "value": "500"}
        await site.hub.record(
            f.VariablesChanged(at=site.clock.now(), station="CP01", action="NotifyReport", variables=(told,))
        )
        async with signing(site):
            await ask(station, a_request(tmp_path))
            await until(lambda: site.facts("certificate_refused"))
        assert "takes 500 characters" in site.facts("certificate_refused")[0].reason


@VERSIONS
async def test_a_certificate_that_runs_out_is_told_once_and_the_station_asked_to_renew(
    tmp_path: Path, version: Any
) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", version)
        station.answers["CertificateSigned"] = {"status": "Accepted"}
        asked: list[Any] = []
        trigger = "ExtendedTriggerMessage" if version == "1.6" else "TriggerMessage"
        station.answers[trigger] = lambda payload: asked.append(payload) or {"status": "Accepted"}
        async with signing(site, days=40):
            await ask(station, a_request(tmp_path))
            await until(lambda: site.facts("certificate_issued"))
            await asyncio.sleep(0.1)
            assert not asked
            site.clock.advance(timedelta(days=11).total_seconds())
            await until(lambda: asked)
            await asyncio.sleep(0.1)
        assert len(asked) == len(site.facts("certificate_expiring")) == 1
        assert "Sign" in asked[0]["requestedMessage"]


async def test_a_revoked_certificate_stands_in_the_state_and_in_the_list(tmp_path: Path) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", "2.0.1")
        station.answers["CertificateSigned"] = {"status": "Accepted"}
        async with signing(site):
            await ask(station, a_request(tmp_path))
            await until(lambda: site.facts("certificate_issued"))
            outcome = await site.command("revoke_certificate", station="CP01", reason="stolen")
            assert outcome.state == "done", outcome
            fingerprint = site.facts("certificate_issued")[0].fingerprint
            assert outcome.result == {"fingerprint": fingerprint}
            number = site.facts("certificate_signed")[0].serial_number
            crl = site.folder / "ca" / "crl.pem"

            def is_listed() -> bool:
                return crl.exists() and number.upper().lstrip("0") in openssl("crl", "-in", crl, "-noout", "-text")

            await until(is_listed)
        assert is_revoked(site.hub.state.stations["CP01"], fingerprint)
        again = await site.command("revoke_certificate", station="CP01")
        assert (again.state, again.reason) == (
            "rejected", "no certificate of the station's is known here: name its fingerprint",
        )  # fmt: skip


def v2g_authority(folder: Path) -> dict[str, Path]:
    """An authority below a root, for ISO 15118; what it is in the settings."""
    ca, key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"), folder / "v2g.key"
    ext = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def openssl(*args: object) -> None:
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)

    openssl("req", "-x509", *ca, *ext, "-keyout", folder / "root.key", "-out", folder / "root.pem", "-days", "400",
            "-subj", "/CN=V2G root")  # fmt: skip
    openssl("req", "-x509", *ca, *ext, "-CA", folder / "root.pem", "-CAkey", folder / "root.key", "-keyout", key,
            "-out", folder / "v2g.pem", "-days", "400", "-subj", "/CN=CPO sub-CA")  # fmt: skip
    return {"v2g_certificate": folder / "v2g.pem", "v2g_key": key}


TOWARDS = {None: "combined", "ChargingStationCertificate": "station", "V2GCertificate": "v2g"}


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
@pytest.mark.parametrize("kind", TOWARDS)
async def test_a_certificate_is_signed_for_what_it_was_asked_for(
    tmp_path: Path, version: Any, kind: str | None
) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", version)
        given: list[Any] = []
        station.answers["CertificateSigned"] = lambda payload: given.append(payload) or {"status": "Accepted"}
        more = {} if kind is None else {"certificateType": kind}
        more |= {"requestId": 7} if version == "2.1" else {}
        async with signing(site, **v2g_authority(tmp_path)):
            await ask(station, a_request(tmp_path), **more)
            await until(lambda: site.facts("certificate_issued"))
        (told,) = given
        assert {name: told[name] for name in told if name != "certificateChain"} == more
        use = TOWARDS[kind]
        assert [fact.use for fact in site.facts("certificate_signed")] == [use]
        (tmp_path / "leaf.pem").write_text(told["certificateChain"])
        root = tmp_path / "root.pem" if use == "v2g" else site.folder / "ca" / "ca.pem"
        between = ("-untrusted", tmp_path / "leaf.pem")
        for purpose, uses in (("sslclient", ("station", "combined")), ("sslserver", ("v2g", "combined"))):
            verified = openssl("verify", "-purpose", purpose, "-CAfile", root, *between, tmp_path / "leaf.pem")
            assert verified.endswith(": OK\n") == (use in uses), (purpose, verified)
        held = site.hub.state.stations["CP01"]
        assert (newest(held) is not None) == (use != "v2g")
        assert (newest(held, "v2g") is not None) == (use != "station")


async def test_a_station_is_named_to_cars_as_it_says_itself(tmp_path: Path) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", "2.0.1")
        station.answers["CertificateSigned"] = {"status": "Accepted"}
        told = {"component": "ISO15118Ctrlr", "variable": "SeccId", "value": "DEABC123"}
        await site.hub.record(
            f.VariablesChanged(at=site.clock.now(), station="CP01", action="NotifyReport", variables=(told,))
        )
        async with signing(site, **v2g_authority(tmp_path)):
            await ask(station, a_request(tmp_path, "/CN=DEABC123"), certificateType="V2GCertificate")
            await until(lambda: site.facts("certificate_issued"))
            await ask(station, a_request(tmp_path, "/CN=DEABC123"))
            await until(lambda: site.facts("certificate_refused"))
        assert "the common name is DEABC123" in site.facts("certificate_refused")[0].reason


async def test_without_an_authority_for_cars_their_requests_wait_for_the_cloud(tmp_path: Path) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", "2.1")
        given: list[Any] = []
        station.answers["CertificateSigned"] = lambda payload: given.append(payload) or {"status": "Accepted"}
        async with signing(site):
            await ask(station, a_request(tmp_path), certificateType="V2G20Certificate", requestId=3)
            await asyncio.sleep(0.1)
        (asked,) = site.facts("certificate_requested")
        assert (asked.use, asked.request) == ("v2g_20", 3)
        assert not site.facts("certificate_signed", "certificate_refused")
        chain = {"chain": "PEM", "use": asked.use, "request": asked.request}
        assert (await site.command("sign_certificate", station="CP01", **chain)).state == "done"
        assert given == [{"certificateChain": "PEM", "certificateType": "V2G20Certificate", "requestId": 3}]


async def test_a_certificate_for_cars_is_renewed_by_itself(tmp_path: Path) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", "2.0.1")
        station.answers["CertificateSigned"] = {"status": "Accepted"}
        asked: list[Any] = []
        station.answers["TriggerMessage"] = lambda payload: asked.append(payload) or {"status": "Accepted"}
        async with signing(site, days=40, **v2g_authority(tmp_path)):
            for kind in ("V2GCertificate", "ChargingStationCertificate"):
                await ask(station, a_request(tmp_path), certificateType=kind)
                await until(lambda kind=kind: TOWARDS[kind] in [x.use for x in site.facts("certificate_issued")])
            site.clock.advance(timedelta(days=11).total_seconds())
            await until(lambda: len(asked) == 2)
        names = {each["requestedMessage"] for each in asked}
        assert names == {"SignV2GCertificate", "SignChargingStationCertificate"}


async def test_where_the_cloud_signs_it_is_asked_and_the_gateway_makes_no_authority(tmp_path: Path) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", "2.0.1")
        await ask(station, a_request(tmp_path))
        assert len(site.facts("certificate_requested")) == 1
        assert not (site.folder / "ca").exists()
