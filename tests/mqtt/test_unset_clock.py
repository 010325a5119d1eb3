"""A broker's certificate while the system clock is not to be believed: real handshakes."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest

from edgegw.mqtt import MQTT_5, Account, ConnectFailed, Link, endpoint, tls_context
from tests.support.certificates import Authority
from tests.support.scripted import ScriptedBroker


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


async def told(
    authority: Authority, *, days: int, at: timedelta | None, host: str = "localhost", ours: bool = True
) -> str:
    """What a connection to a broker whose certificate runs for `days` from now comes to, when it is at least `at` from
    now; `at` None is a system clock that is right."""
    certificate = authority.issue("broker", days=days, host=host)
    listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    listening.load_cert_chain(certificate, certificate.with_suffix(".key"))
    not_before_at = None if at is None else datetime.now(UTC) + at
    ca = authority.ca if ours else None
    async with ScriptedBroker(listening).listening() as broker:
        tls = tls_context(ca=ca, not_before_at=not_before_at)
        link = Link(endpoint(broker.url), Account(client_id="one", tls=tls), None, MQTT_5)
        try:
            await link.open()
        except ConnectFailed as refused:
            return str(refused)
        assert await link.publish("t", b"") == 0
        await link.close()
        return "connected"


async def test_a_certificate_that_had_not_expired_yet_when_we_last_knew_the_time_is_accepted(
    authority: Authority,
) -> None:
    assert await told(authority, days=-1, at=timedelta(days=-30)) == "connected"
    assert "has expired" in await told(authority, days=-1, at=None)


async def test_a_certificate_that_had_expired_by_then_is_not(authority: Authority) -> None:
    assert "the broker's certificate has expired" in await told(authority, days=2, at=timedelta(days=3))
    assert await told(authority, days=2, at=timedelta(days=1)) == "connected"


async def test_a_certificate_that_begins_later_may_have_begun_by_now(authority: Authority) -> None:
    assert await told(authority, days=2, at=timedelta(days=-9000)) == "connected"


async def test_who_signed_it_and_for_whom_is_checked_all_the_same(authority: Authority) -> None:
    earlier = timedelta(days=-30)
    assert "for another name" in await told(authority, days=2, at=earlier, host="other.example.com")
    assert "an authority that we don't know" in await told(authority, days=2, at=earlier, ours=False)
