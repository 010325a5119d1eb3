"""Stations' certificates while the system clock is not to be believed: real handshakes."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from websockets.exceptions import InvalidMessage, InvalidStatus

from edgegw.stations.settings import Listen, ListenTls
from tests.stations.doubles import site
from tests.stations.test_server import HEARTBEAT, Served, ask, served
from tests.support.certificates import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def listener(authority: Authority) -> Listen:
    hub = authority.issue("hub")
    files = ListenTls(certificate=hub, key=hub.with_suffix(".key"), client_ca=authority.ca)
    return Listen(address="127.0.0.1", port=0, tls=files)


async def outcome(gateway: Served, authority: Authority, days: int) -> str:
    """What becomes of a station of profile 3 whose certificate runs for `days` from now."""
    ours = authority.issue("station", days=days, common_name="CP01")
    context = ssl.create_default_context(cafile=str(authority.ca))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = False
    context.load_cert_chain(ours, ours.with_suffix(".key"))
    try:
        async with gateway.station(scheme="wss", ssl=context) as station:
            return "in" if (await ask(station, HEARTBEAT))[0] == 3 else "out"
    except InvalidStatus as refused:
        return f"{refused.response.status_code} {bytes(refused.response.body or b'').decode().strip()}"
    except (ssl.SSLError, ConnectionError, InvalidMessage):  # TLS 1.3: it is told afterwards
        return "no handshake"


@pytest.mark.parametrize(
    ("days", "at", "comes"),
    [
        (-1, timedelta(days=-30), "in"),
        (-1, None, "no handshake"),
        (2, timedelta(days=3), "401 its certificate has expired"),
        (2, timedelta(days=-9000), "in"),
        (2, None, "in"),
    ],
    ids=["expired, but not for sure", "expired", "expired for sure", "may have begun", "valid"],
)
async def test_a_stations_certificate_is_refused_when_it_is_sure_that_it_has_expired(
    authority: Authority, days: int, at: timedelta | None, comes: str
) -> None:
    known = None if at is None else datetime.now(UTC) + at
    async with served(site("CP01", profile=3), listener(authority), not_before_at=lambda: known) as gateway:
        assert await outcome(gateway, authority, days) == comes


async def test_a_listener_that_runs_checks_the_time_again_once_it_is_known(authority: Authority) -> None:
    known: list[datetime] = [datetime.now(UTC) - timedelta(days=30)]

    def not_before_at() -> datetime | None:
        return known[0] if known else None

    async with served(site("CP01", profile=3), listener(authority), not_before_at=not_before_at) as gateway:
        assert await outcome(gateway, authority, -1) == "in"
        known.clear()
        assert await outcome(gateway, authority, -1) == "no handshake"
