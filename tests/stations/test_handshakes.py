"""TLS with stations: which ciphers and certificates there are, and what is said of a handshake that fails."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgegw.stations import handshakes, metrics, tls
from edgegw.stations.settings import KeyPair, Listen, ListenTls
from tests.stations.doubles import site
from tests.stations.test_server import HEARTBEAT, Served, ask, eventually, served
from tests.support.certificates import RSA, Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.issue("ecdsa")
    made.issue("rsa", key_kind=RSA)
    return made


def files(authority: Authority, *names: str, client_ca: bool = False) -> ListenTls:
    first, *rest = (authority.folder / f"{name}.pem" for name in names)
    second = KeyPair(certificate=rest[0], key=rest[0].with_suffix(".key")) if rest else None
    ca = authority.ca if client_ca else None
    return ListenTls(certificate=first, key=first.with_suffix(".key"), second=second, client_ca=ca)


def listener(authority: Authority, *names: str, client_ca: bool = False) -> Listen:
    return Listen(address="127.0.0.1", port=0, tls=files(authority, *names, client_ca=client_ca))


def client(authority: Authority | None, ciphers: str | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.ca) if authority is not None else None)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = False
    if ciphers is not None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    return context


def counted(reason: str) -> float:
    return metrics.HANDSHAKES.labels(reason)._value.get()


EXPECTED = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
]  # fmt: skip


@pytest.mark.parametrize("rsa_compat", [False, True])
def test_the_ciphers_of_tls_1_2_are_those_of_ocpp_and_no_others(authority: Authority, rsa_compat: bool) -> None:
    context = tls.server_context(
        authority.folder / "ecdsa.pem", authority.folder / "ecdsa.key", None, rsa_compat=rsa_compat
    )
    older = [each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]
    assert older == EXPECTED + (["AES128-GCM-SHA256", "AES256-GCM-SHA384"] if rsa_compat else [])
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    if hasattr(context, "security_level"):
        assert context.security_level == 2


TOLD = """
import importlib.util, json, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("tls", sys.argv[1])
tls = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tls)
context = tls.server_context(Path(sys.argv[2]), Path(sys.argv[3]), None, rsa_compat=False)
old = [each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]
print(json.dumps([old, context.minimum_version.name, sys.version_info[:2] >= (3, 11)]))
"""

LAX = """
openssl_conf = it
[it]
ssl_conf = lists
[lists]
system_default = lax
[lax]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""
"""What a system may say for all of its programs, as Debian's does, only worse."""


def interpreters() -> list[str]:
    """This one, the system's own, and those that lie beside this one."""
    beside = Path(sys.base_prefix).parent.glob("3.1[1-9]*/bin/python3")
    named = [sys.executable, *(f"/usr/bin/python3.{minor}" for minor in (11, 12, 13)), *map(str, sorted(beside))]
    return [each for each in dict.fromkeys(named) if Path(each).exists()]


@pytest.mark.parametrize("lax", [False, True], ids=["", "lax system"])
@pytest.mark.parametrize("interpreter", interpreters())
def test_the_ciphers_are_the_same_on_each_interpreter_whatever_its_system_says(
    authority: Authority, tmp_path: Path, interpreter: str, lax: bool
) -> None:
    (tmp_path / "openssl.cnf").write_text(LAX)
    more = {"OPENSSL_CONF": str(tmp_path / "openssl.cnf")} if lax else {}
    pair = (authority.folder / "ecdsa.pem", authority.folder / "ecdsa.key")
    done = subprocess.run(
        [interpreter, "-I", "-c", TOLD, str(tls.__file__), *map(str, pair)], capture_output=True, text=True, check=True,
        env={**os.environ, **more},
    )  # fmt: skip
    assert json.loads(done.stdout) == [EXPECTED, "TLSv1_2", True]


@pytest.mark.parametrize("order", [("ecdsa", "rsa"), ("rsa", "ecdsa")])
@pytest.mark.parametrize("kind", ["ECDSA", "RSA"])
async def test_each_station_gets_the_certificate_that_it_knows(
    authority: Authority, order: tuple[str, str], kind: str
) -> None:
    only = client(authority, f"ECDHE-{kind}-AES128-GCM-SHA256")
    async with (
        served(None, listener(authority, *order)) as gateway,
        gateway.station(scheme="wss", ssl=only) as station,
    ):
        assert (await ask(station, HEARTBEAT))[0] == 3
        used = station.transport.get_extra_info("cipher")
        assert used[0] == f"ECDHE-{kind}-AES128-GCM-SHA256"


def test_two_certificates_of_one_kind_are_refused_in_words(authority: Authority) -> None:
    pair = authority.folder / "ecdsa.pem", authority.folder / "ecdsa.key"
    with pytest.raises(ValueError, match="keys of one kind"):
        tls.server_context(*pair, None, rsa_compat=False, second=pair)


async def fails(gateway: Served, context: ssl.SSLContext) -> None:
    with contextlib.suppress(Exception):
        async with gateway.station(scheme="wss", ssl=context) as station:
            await ask(station, HEARTBEAT)


async def s_client(gateway: Served, *options: str) -> None:
    host, port = gateway.server.addresses[0]
    command = ["openssl", "s_client", "-connect", f"{host}:{port}", *options]
    nothing = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    await asyncio.to_thread(subprocess.run, command, timeout=10, check=False, **nothing)  # type: ignore[call-overload]


async def raw(gateway: Served, data: bytes | None) -> None:
    """Something that is no TLS, or nothing before it hangs up."""
    with socket.create_connection(gateway.server.addresses[0]) as opened:
        if data is not None:
            opened.sendall(data)
            await asyncio.to_thread(opened.recv, 100)


@pytest.mark.parametrize(
    ("case", "reason", "words"),
    [
        ("no trust", "server_certificate", "does not trust the root"),
        ("cipher", "cipher", "offers no cipher that fits"),
        ("http", "plain", "its URL begins with ws:// instead of wss://"),
        ("old", "version", "no TLS of 1.2 or newer"),
        ("rubbish", "version", "no TLS of 1.2 or newer, or none at all"),
        ("hangs up", "gone", "hung up during the handshake"),
        ("stranger's certificate", "client_certificate", "certificate is not accepted"),
    ],
)
async def test_why_a_handshake_failed_is_said_and_counted(
    authority: Authority, tmp_path: Path, caplog: Any, case: str, reason: str, words: str
) -> None:
    before = counted(reason)
    async with served(site("CP01"), listener(authority, "ecdsa", client_ca=True)) as gateway:
        match case:
            case "no trust":  # asyncio's own client hangs up without a word
                await s_client(gateway, "-verify_return_error", "-CAfile", str(authority.folder / "rsa.pem"))
            case "cipher":
                await fails(gateway, client(authority, "ECDHE-ECDSA-CHACHA20-POLY1305"))
            case "http":
                await raw(gateway, b"GET /ocpp/CP01 HTTP/1.1\r\nHost: hub\r\n\r\n")
            case "old":
                host, port = gateway.server.addresses[0]
                await asyncio.to_thread(
                    subprocess.run,
                    ["openssl", "s_client", "-connect", f"{host}:{port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
                    capture_output=True, stdin=subprocess.DEVNULL, timeout=10, check=False,
                )  # fmt: skip
            case "rubbish":
                await raw(gateway, b"\x00\x01\x02" * 50)
            case "hangs up":
                await raw(gateway, None)
            case _:
                context = client(authority)
                other = Authority(tmp_path, "other").issue("CP01")
                context.load_cert_chain(other, other.with_suffix(".key"))
                await fails(gateway, context)
        await eventually(lambda: counted(reason) == before + 1)
        line = next(text for text in caplog.messages if text.startswith("TLS with"))
        assert re.search(words, line), line
        assert line.startswith("TLS with 127.0.0.1 failed: ")


async def test_an_address_has_one_line_a_minute_for_each_reason_and_each_failure_is_counted(
    authority: Authority, caplog: Any
) -> None:
    before = counted("gone")
    async with served(site("CP01"), listener(authority, "ecdsa")) as gateway:
        for _ in range(5):
            await raw(gateway, None)
        await eventually(lambda: counted("gone") == before + 5)
    assert sum(text.startswith("TLS with") for text in caplog.messages) == 1


async def test_who_says_nothing_is_hung_up_on(
    authority: Authority, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edgegw.stations import listeners

    monkeypatch.setattr(listeners, "HANDSHAKE_S", 0.1)
    before = counted("silent")
    async with served(site("CP01"), listener(authority, "ecdsa")) as gateway:
        with socket.create_connection(gateway.server.addresses[0]) as opened:
            opened.settimeout(5)
            assert await asyncio.to_thread(opened.recv, 10) == b""
        await eventually(lambda: counted("silent") == before + 1)
    assert any("did not end the handshake in time" in text for text in caplog.messages)


def test_a_reason_that_has_no_words_here_is_told_by_its_own_name() -> None:
    error = ssl.SSLError(1, "x")
    error.reason = "SOMETHING_NEW"
    assert handshakes.why(error) == ("other", "something new")


def test_loggers_of_the_stations_are_not_silenced() -> None:
    assert logging.getLogger("edgegw.stations").isEnabledFor(logging.WARNING)


def test_a_station_is_served_over_tls_on_uvloop_as_well(authority: Authority, caplog: Any) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def both() -> None:
        before = counted("server_certificate")
        async with served(site("CP01"), listener(authority, "ecdsa", "rsa")) as gateway:
            async with gateway.station(scheme="wss", ssl=client(authority)) as station:
                assert (await ask(station, HEARTBEAT))[0] == 3
            await s_client(gateway, "-verify_return_error", "-CAfile", str(authority.folder / "rsa.pem"))
            await eventually(lambda: counted("server_certificate") == before + 1)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(both())
