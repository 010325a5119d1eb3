"""`edgegw run` with `ocpp.upstream`: turned on and off by a reload, shown to the installer, over TLS."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgegw.simulate import Station
from edgegw.stations.upstream.service import tls_context
from tests.stations.upstream.csms import Csms, a_csms
from tests.stations.upstream.presented import presented
from tests.support.certificates import Authority
from tests.support.gateway import CHECKOUT, GatewayProcess, until

pytestmark = pytest.mark.timeout(90)


async def edgegw(gateway: GatewayProcess, *words: str) -> str:
    command = [sys.executable, "-m", "edgegw", *words, "-c", str(gateway.file)]
    done = await asyncio.to_thread(subprocess.run, command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


async def test_it_is_turned_on_and_off_by_a_reload_and_shown(tmp_path: Path) -> None:
    async with a_csms() as csms:
        gateway = GatewayProcess(tmp_path)
        with gateway:
            quick: Any = {"backoff_s": (0.05, 0.2)}
            async with Station("CP01", "2.0.1", url=gateway.url, **quick) as station:
                await until(lambda: station.booted)
                gateway.written["ocpp"]["upstream"] = {"url": csms.url}
                gateway.write()
                assert "upstream" in await edgegw(gateway, "reload")
                await until(lambda: bool(csms.told("StatusNotification")))
                await until(lambda: station.connected)
                assert "CP01 upstream: connected\n" in await edgegw(gateway, "stations", "list")
                shown = json.loads(await edgegw(gateway, "stations", "list", "--json"))[0]["upstream"]
                assert shown == {"connected": True, "trouble": None, "backlog": 0, "oldest_at": None}
                del gateway.written["ocpp"]["upstream"]
                gateway.write()
                await edgegw(gateway, "reload")
                await until(lambda: not csms.sockets)
                await until(lambda: station.connected)
                assert gateway.get("/stations/CP01")["upstream"] is None


async def test_a_csms_is_known_by_its_certificate_and_the_gateway_by_its_own(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    there, ours = authority.issue("csms"), authority.issue("gateway")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.ca)
    context.load_cert_chain(there, there.with_suffix(".key"))
    context.verify_mode = ssl.CERT_REQUIRED
    csms = Csms(tls=context)
    await csms.start()
    files = {"ca": str(authority.ca), "certificate": str(ours), "key": str(ours.with_suffix(".key"))}
    try:
        for name, tls, trouble in (
            ("stranger", None, "its certificate is not trusted: "),
            (
                "bare",
                {"ca": str(authority.ca)},
                "it ended the connection, or is no websocket server (does it ask for a certificate?",
            ),
            ("known", files, ""),
        ):
            folder = tmp_path / name
            async with presented(folder, csms.url, tls=tls) as gateway, gateway.station("1.6"):
                presence = gateway.forwarding.presence("CP01")
                assert presence is not None
                await gateway.until(lambda presence=presence: presence.connected or presence.trouble)
                assert (presence.trouble or "").startswith(trouble), name
                assert presence.connected == (name == "known")
    finally:
        await csms.stop()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, content: str | None) -> None:
    from edgegw.stations.settings import Upstream

    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    about = Upstream.model_validate({"url": "wss://x.example/{station}", "tls": {"ca": str(file)}})
    with pytest.raises(ValueError, match=r"^ocpp\.upstream\.tls\.ca: .*ca\.pem: "):
        tls_context(about)
