"""Passwords and security profiles over real sockets: a virtual station in every version, TLS where it belongs."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.security import newest
from edgegw.model import facts as f
from edgegw.stations import rotation
from edgegw.stations.ca.authority import CERTIFICATE_FILE
from edgegw.stations.ca.service import Certificates
from edgegw.stations.keys import Keys
from edgegw.stations.settings import CaSettings, Listen, ListenTls
from tests.simulate.served import VERSIONS, Served, served
from tests.stations.ca.requests import a_request
from tests.support.certificates import Authority
from tests.support.hubs import a_site, a_station

all_versions = pytest.mark.parametrize("version", VERSIONS)


def a_site_of(profile: int, **options: Any) -> Any:
    return a_site(stations={"CP01": replace(a_station("CP01"), security_profile=profile)}, **options)


def secrets_of(station: Any) -> list[str]:
    names = ("AuthorizationKey", "SecurityCtrlr.BasicAuthPassword")
    return [station.settings[name] for name in names if name in station.settings]


@all_versions
async def test_a_station_gets_a_new_password_and_comes_back_with_it(tmp_path: Path, version: Any) -> None:
    async with (
        served(tmp_path, a_site_of(1), passwords={"CP01": "old-password"}) as gateway,
        gateway.station(version, password="old-password") as station,
    ):
        await station.until(lambda: station.booted)
        outcome = await gateway.command("rotate_password", station="CP01")
        assert (outcome.state, outcome.result) == ("done", None), outcome
        await gateway.until(lambda: gateway.facts(f.PasswordConfirmed))
        assert len(gateway.facts(f.PasswordRotated)) == 1
        assert gateway.hub.state.stations["CP01"].password_at is not None
        (secret,) = secrets_of(station)
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert secret.encode() not in held, "the password is in the ledger"


async def test_the_old_password_is_good_until_then_and_not_after(tmp_path: Path) -> None:
    async with served(tmp_path, a_site_of(1), passwords={"CP01": "old"}, keys=Keys()) as gateway:
        async with gateway.station("2.0.1", password="old") as station:
            await station.until(lambda: station.booted)
            station.connection.log_in_with = lambda password: None  # type: ignore[method-assign]
            assert (await gateway.command("rotate_password", station="CP01")).state == "done"
            (secret,) = secrets_of(station)
        async with gateway.station("2.0.1", password="old") as station:
            await station.until(lambda: station.booted)
        assert gateway.server.peculiarities.of("CP01")["password_pending"]
        async with gateway.station("2.0.1", password=secret) as station:
            await station.until(lambda: station.booted)
            known = gateway.server.peculiarities.of("CP01")
            assert (known["proof"], known["password_pending"]) == ({"tls": False, "by": "password"}, False)
        async with gateway.station("2.0.1", password="old") as station:
            await asyncio.sleep(0.3)
            assert not station.connected
        assert {each.reason for each in gateway.server.around.knocks.of("CP01")} == {"password"}


async def test_a_station_that_stays_connected_is_made_to_show_its_new_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation.rotate_and_see, "__defaults__", (0.1,))
    async with (
        served(tmp_path, a_site_of(1), passwords={"CP01": "old"}, keys=Keys()) as gateway,
        gateway.station("1.6", password="old") as station,
    ):
        await station.until(lambda: station.booted)
        later: list[str] = []
        station.connection.log_in_with = later.append  # type: ignore[method-assign]
        assert (await gateway.command("rotate_password", station="CP01")).state == "done"
        assert not gateway.facts(f.PasswordConfirmed)
        station.connection._access = replace(station.connection._access, password=later[0])
        await gateway.until(lambda: gateway.facts(f.PasswordConfirmed))


async def test_a_password_that_is_set_later_ends_the_gateways_own_once_the_station_shows_it(tmp_path: Path) -> None:
    keys = Keys()
    async with served(tmp_path, a_site_of(1), passwords={"CP01": "old"}, keys=keys) as gateway:
        async with gateway.station("1.6", password="old") as station:
            await station.until(lambda: station.booted)
            assert (await gateway.command("rotate_password", station="CP01")).state == "done"
            await gateway.until(lambda: gateway.facts(f.PasswordConfirmed))
            (made,) = secrets_of(station)
        set_later = "set-by-the-installer-1"
        assert (await gateway.command("set_station", station="CP01", password=set_later)).state == "done"
        for password in (made, set_later):  # until it has the one that was set, it has no other
            async with gateway.station("1.6", password=password) as station:
                await station.until(lambda: station.booted)
        assert [fact.set_here for fact in gateway.facts(f.PasswordConfirmed)] == [False, True]
        assert gateway.hub.state.stations["CP01"].password is not None
        async with gateway.station("1.6", password=made) as station:
            await asyncio.sleep(0.3)
            assert not station.connected
        async with gateway.station("1.6", password=set_later) as station:
            await station.until(lambda: station.booted)


async def test_a_password_that_the_station_refuses_changes_nothing(tmp_path: Path) -> None:
    keys = Keys()
    async with (
        served(tmp_path, a_site_of(1), passwords={"CP01": "old"}, keys=keys) as gateway,
        gateway.station("1.6", password="old") as station,
    ):
        await station.until(lambda: station.booted)
        station.answers["ChangeConfiguration"] = {"status": "Rejected"}
        outcome = await gateway.command("rotate_password", station="CP01")
        assert outcome.state == "rejected"
        assert not gateway.facts(f.PasswordRotated)


async def test_a_station_that_the_file_does_not_name_is_asked_for_the_password_once_it_has_one(tmp_path: Path) -> None:
    site = a_site(unknown_stations="accept")
    async with served(tmp_path, site) as gateway:
        async with gateway.station("2.0.1", "CP99") as station:
            await station.until(lambda: station.booted)
            assert (await gateway.command("rotate_password", station="CP99")).state == "done"
            await gateway.until(lambda: gateway.facts(f.PasswordConfirmed))
            await station.until(lambda: station.booted)
        async with gateway.station("2.0.1", "CP99") as stranger:
            await asyncio.sleep(0.3)
            assert not stranger.connected


class Tls:
    """Certificates of a hub and of stations, and the context of a station that trusts the hub."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder, "root")
        hub = self.authority.issue("hub")
        chain = folder / "chain.pem"
        chain.write_text(hub.read_text() + self.authority.ca.read_text())
        files = ListenTls(certificate=chain, key=hub.with_suffix(".key"))
        self.listen = [Listen(address="127.0.0.1", port=0), Listen(address="127.0.0.1", port=0, tls=files)]

    def station(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.authority.ca))
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = False
        return context


@asynccontextmanager
async def signing(gateway: Served, keys: Keys, folder: Path) -> AsyncIterator[None]:
    service = Certificates(gateway.hub, CaSettings(), folder, keys, look_every_s=0.05)
    started = asyncio.Event()
    run = asyncio.create_task(service.run(started.set))
    await started.wait()
    await asyncio.sleep(0.01)
    try:
        yield
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


def plain(gateway: Served) -> str:
    return f"ws://127.0.0.1:{gateway.server.addresses[0][1]}/ocpp"


def secure(gateway: Served) -> str:
    return f"wss://127.0.0.1:{gateway.server.addresses[1][1]}/ocpp"


@all_versions
async def test_a_station_is_led_from_profile_0_to_2_to_3_and_never_down(tmp_path: Path, version: Any) -> None:
    tls, keys, ca = Tls(tmp_path), Keys(tmp_path / "keys.json"), tmp_path / "ca"
    options = {"keys": keys, "station_ca": ca / CERTIFICATE_FILE}
    async with served(tmp_path, a_site_of(0), tls.listen, **options) as gateway, signing(gateway, keys, ca):
        context = tls.station()
        async with gateway.station(version, url=plain(gateway), tls=context) as station:
            await station.until(lambda: station.booted)
            url = {} if version == "1.6" else {"url": secure(gateway)}
            early = await gateway.command("upgrade_security", station="CP01", profile=3, **url)
            assert early.state == "rejected"
            assert "bring it to security profile 2 first" in str(early.reason)

            outcome = await gateway.command("upgrade_security", station="CP01", profile=2, **url)
            assert outcome.state == "done", outcome
            last = ["security_profile"] if version == "1.6" else ["network_profile", "reset"]
            assert outcome.result == {"steps": ["password", "root", *last]}
            if version == "1.6":  # no message of it names the URL: somebody goes there
                assert "no message for the URL" in str(gateway.facts(f.SecurityStepTaken)[-1].detail)
                station.connection.connect_to(secure(gateway))
                station.connection.cut()
                station.connection.restore()
            await gateway.until(lambda: gateway.hub.state.stations["CP01"].security_profile == 2)
            assert gateway.hub.state.stations["CP01"].upgrading_to is None
            (raised,) = gateway.facts(f.SecurityProfileRaised)
            assert raised.profile == 2
            assert station.cabinet.certificates[0][0] in ("CSMSRootCertificate", "CentralSystemRootCertificate")

            station.cabinet.csr = a_request(tmp_path)
            await station.until(lambda: station.booted)
            outcome = await gateway.command("upgrade_security", station="CP01", profile=3, **url)
            assert outcome.state == "done", outcome
            assert outcome.result == {"steps": ["root", "certificate", *last]}
            given = [payload["certificateChain"] for payload in station.heard("CertificateSigned")]
            (tmp_path / "station.pem").write_text(given[-1])
            context.load_cert_chain(tmp_path / "station.pem", tmp_path / "station.key")
            station.connection.cut()
            station.connection.restore()
            await gateway.until(lambda: gateway.hub.state.stations["CP01"].security_profile == 3)

            down = await gateway.command("upgrade_security", station="CP01", profile=2, **url)
            assert (down.state, down.reason) == (
                "rejected", "the station is at security profile 3 already, and never goes down",
            )  # fmt: skip
        async with gateway.station(version, url=plain(gateway)) as station:
            await asyncio.sleep(0.3)
            assert not station.connected, "what it was raised to is kept"

        # Its certificate is taken back: the same station stays out.
        held = newest(gateway.hub.state.stations["CP01"])
        assert held is not None
        async with gateway.station(version, url=secure(gateway), tls=context) as station:
            await station.until(lambda: station.booted)
        assert (await gateway.command("revoke_certificate", station="CP01")).state == "done"
        async with gateway.station(version, url=secure(gateway), tls=context) as station:
            await asyncio.sleep(0.3)
            assert not station.connected


async def test_a_step_that_fails_ends_the_way_and_the_station_still_comes_in(tmp_path: Path) -> None:
    tls = Tls(tmp_path)
    async with (
        served(tmp_path, a_site_of(0), tls.listen) as gateway,
        gateway.station("2.0.1", url=plain(gateway)) as station,
    ):
        await station.until(lambda: station.booted)
        station.answers["InstallCertificate"] = {"status": "Rejected"}
        args = {"station": "CP01", "profile": 2, "url": secure(gateway)}
        outcome = await gateway.command("upgrade_security", **args)
        assert (outcome.state, outcome.result) == ("failed", {"steps": ["password", "root"]})
        assert [(each.step, each.outcome) for each in gateway.facts(f.SecurityStepTaken)] == [
            ("password", "done"), ("root", "failed"),
        ]  # fmt: skip
        await station.until(lambda: station.booted)


@pytest.mark.parametrize(
    ("listens", "args", "why"),
    [
        ("plain", {"url": "wss://hub/"}, "needs a listener with tls"),
        ("tls", {}, "url is needed"),
        ("tls", {"url": "ws://hub/"}, "url begins with wss://"),
        ("no root", {"url": "wss://hub/"}, "name the root above the gateway's certificate"),
    ],
)
async def test_what_is_missing_is_said_before_anything_is_done(
    tmp_path: Path, listens: str, args: dict[str, Any], why: str
) -> None:
    tls = Tls(tmp_path)
    if listens == "no root":
        (tmp_path / "chain.pem").write_text((tmp_path / "hub.pem").read_text())
    listen = tls.listen[:1] if listens == "plain" else tls.listen
    async with (
        served(tmp_path, a_site_of(0), listen) as gateway,
        gateway.station("2.0.1", url=plain(gateway)) as station,
    ):
        await station.until(lambda: station.booted)
        outcome = await gateway.command("upgrade_security", station="CP01", profile=2, **args)
        assert outcome.state == "rejected"
        assert why in str(outcome.reason)
        assert not gateway.facts(f.SecurityStepTaken)
