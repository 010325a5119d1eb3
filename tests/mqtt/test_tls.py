"""TLS towards a broker: certificates on both sides, protocol names, and what people are told when it fails."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from edgegw.mqtt import MQTT_5, NO_SUBSCRIBERS, Account, ConnectFailed, ConnectionLost, Link, endpoint, tls_context
from tests.support.certificates import Authority
from tests.support.mosquitto import EXECUTABLE, Mosquitto
from tests.support.scripted import ScriptedBroker

needs_mosquitto = pytest.mark.skipif(EXECUTABLE is None, reason="mosquitto is not installed: apt install mosquitto")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def link_to(url: str, tls: ssl.SSLContext) -> Link:
    return Link(endpoint(url), Account(client_id="one", tls=tls), None, MQTT_5)


async def refusal(url: str, tls: ssl.SSLContext) -> str:
    link = link_to(url, tls)
    with pytest.raises(ConnectFailed) as refused:
        await link.open()
    return str(refused.value)


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context


def options(authority: Authority, certificate: Path, *more: str) -> list[str]:
    return [
        f"cafile {authority.ca}", f"certfile {certificate}", f"keyfile {certificate.with_suffix('.key')}", *more,
    ]  # fmt: skip


@needs_mosquitto
async def test_our_certificate_lets_us_in_under_the_name_that_it_carries(tmp_path: Path, authority: Authority) -> None:
    broker_pem, ours = authority.issue("broker"), authority.issue("site", common_name="paulista-01")
    rules = tmp_path / "acl"
    rules.write_text("pattern readwrite sites/%u/#\n")
    more = ["require_certificate true", "use_identity_as_username true", f"acl_file {rules}"]
    with Mosquitto(tmp_path, *options(authority, broker_pem, *more)) as broker:
        url = f"mqtts://localhost:{broker.port}"
        link = link_to(url, tls_context(ca=authority.ca, certificate=ours, key=ours.with_suffix(".key")))
        await link.open()
        assert await link.publish("sites/paulista-01/t", b"") == NO_SUBSCRIBERS
        assert await link.publish("sites/another/t", b"") == 0x87
        await link.close()


@needs_mosquitto
async def test_without_a_certificate_we_are_told_which_keys_to_set(tmp_path: Path, authority: Authority) -> None:
    with Mosquitto(tmp_path, *options(authority, authority.issue("broker"), "require_certificate true")) as broker:
        told = await refusal(f"mqtts://localhost:{broker.port}", tls_context(ca=authority.ca))
        assert "TLS: it wants a certificate from us: set uplink.tls.certificate and uplink.tls.key" in told


@needs_mosquitto
async def test_a_certificate_of_an_authority_that_the_broker_does_not_know_is_told(
    tmp_path: Path, authority: Authority
) -> None:
    stranger = Authority(tmp_path, "stranger").issue("site")
    with Mosquitto(tmp_path, *options(authority, authority.issue("broker"), "require_certificate true")) as broker:
        ours = tls_context(ca=authority.ca, certificate=stranger, key=stranger.with_suffix(".key"))
        told = await refusal(f"mqtts://localhost:{broker.port}", ours)
        assert "our certificate (uplink.tls.certificate)" in told


@pytest.mark.parametrize(
    ("days", "host", "known", "told"),
    [
        (-1, "localhost", True, "the broker's certificate has expired, or this gateway's clock is wrong"),
        (2, "other.example.com", True, "is for another name than localhost, which stands in uplink.brokers"),
        (2, "localhost", False, "signed by an authority that we don't know"),
    ],
    ids=["expired", "another name", "unknown authority"],
)
async def test_why_the_brokers_certificate_is_not_accepted_is_told_in_words(
    authority: Authority, days: int, host: str, known: bool, told: str
) -> None:
    certificate = authority.issue("broker", days=days, host=host)
    async with ScriptedBroker(server_context(certificate)).listening() as broker:
        assert told in await refusal(broker.url, tls_context(ca=authority.ca if known else None))


async def test_a_port_that_speaks_no_tls_is_told() -> None:
    async with ScriptedBroker().listening() as broker:
        told = await refusal(broker.url.replace("mqtt:", "mqtts:"), tls_context())
    assert "TLS" in told


async def test_a_broker_behind_port_443_is_reached_by_the_name_of_its_protocol(authority: Authority) -> None:
    certificate = authority.issue("broker")
    context = server_context(certificate)
    context.set_alpn_protocols(["http/1.1", "x-amzn-mqtt-ca"])
    async with ScriptedBroker(context, alpn="x-amzn-mqtt-ca").listening() as broker:
        link = link_to(broker.url, tls_context(ca=authority.ca, alpn=["x-amzn-mqtt-ca"]))
        await link.open()
        assert await link.publish("t", b"") == 0
        await link.close()
        assert "closed before its answer" in await refusal(broker.url, tls_context(ca=authority.ca))


async def test_a_server_that_never_shakes_hands_is_given_up(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgegw.mqtt.link.CONNECT_TIMEOUT_S", 0.3)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        await asyncio.sleep(0.6)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert "no answer" in await refusal(f"mqtts://localhost:{port}", tls_context(ca=authority.ca))
        await asyncio.sleep(0.7)  # the thread of the handshake ends with it


def test_files_that_are_no_pair_are_named(authority: Authority, tmp_path: Path) -> None:
    one, other = authority.issue("one"), authority.issue("other")
    with pytest.raises(ValueError, match=r"uplink\.tls.*other\.key is not the key of .*one\.pem"):
        tls_context(certificate=one, key=other.with_suffix(".key"))
    with pytest.raises(ValueError, match=r"uplink\.tls\.ca: No such file|uplink\.tls\.ca: .*nowhere: No such file"):
        tls_context(ca=tmp_path / "nowhere")
    (tmp_path / "text").write_text("text")
    with pytest.raises(ValueError, match=r"uplink\.tls\.ca: .*text is not a PEM file"):
        tls_context(ca=tmp_path / "text")
    with pytest.raises(ValueError, match=r"No such file or directory: .*gone"):
        tls_context(certificate=one, key=tmp_path / "gone")


async def test_an_ended_link_has_no_more_to_give(authority: Authority) -> None:
    async with ScriptedBroker(server_context(authority.issue("broker"))).listening() as broker:
        link = link_to(broker.url, tls_context(ca=authority.ca))
        await link.open()
        await link.abort()
        with pytest.raises(ConnectionLost):
            await link.publish("t", b"")
