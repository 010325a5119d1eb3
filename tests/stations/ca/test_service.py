"""The service with a real hub, ledger and links: a station asks, gets its certificate, renews it, and loses it."""

from __future__ import annotations

import asyncio
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


async def ask(station: VirtualStation, csr: str) -> None:
    answer = await station.call("SignCertificate", {"csr": csr})
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
                from tests.stations.ca.test_authority import openssl

                return crl.exists() and number.upper().lstrip("0") in openssl("crl", "-in", crl, "-noout", "-text")

            await until(is_listed)
        assert is_revoked(site.hub.state.stations["CP01"], fingerprint)
        again = await site.command("revoke_certificate", station="CP01")
        assert (again.state, again.reason) == (
            "rejected", "no certificate of the station's is known here: name its fingerprint",
        )  # fmt: skip


async def test_where_the_cloud_signs_it_is_asked_and_the_gateway_makes_no_authority(tmp_path: Path) -> None:
    async with VirtualSite(tmp_path, a_site_with()) as site:
        station = await site.station("CP01", "2.0.1")
        await ask(station, a_request(tmp_path))
        assert len(site.facts("certificate_requested")) == 1
        assert not (site.folder / "ca").exists()
