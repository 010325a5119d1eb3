"""The uplink goes without a word while a driver speaks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgegw.simulate.live import make_certificate
from edgegw.voice.live import Degraded, Gemini, GeminiOptions, Line
from edgegw.voice.live.session import Closed, Ready
from tests.support.netns import Namespace, Unavailable
from tests.voice.live.talk import SETUP, Driver, key

SERVER = """
import asyncio, sys
from pathlib import Path
from edgegw.simulate.live import LiveServer, parse
async def main():
    certificate, key, host = sys.argv[1:]
    async with LiveServer(parse({"connections": [{}]}), Path(certificate), Path(key), host=host) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_packets_that_vanish_while_a_driver_speaks_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        with Namespace() as cable:
            certificate, secret = make_certificate(tmp_path, cable.inside)
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            server = await asyncio.create_subprocess_exec(
                *cable.prefix, sys.executable, "-c", SERVER, certificate, secret, cable.inside,
                stdout=subprocess.PIPE, cwd=Path(__file__).parents[3],
            )  # fmt: skip
            try:
                assert server.stdout is not None
                url = (await server.stdout.readline()).decode().strip()
                await _speak(url, cable)
            finally:
                server.terminate()
                await server.wait()
    except Unavailable as error:
        pytest.skip(str(error))


async def _speak(url: str, cable: Namespace) -> None:
    async with Line(Gemini(GeminiOptions(base_url=url), key), SETUP) as line:
        driver = Driver(line, lambda call: None)
        listening = asyncio.create_task(driver.listen())
        await driver.until(Ready)
        cable.cut()
        began = time.monotonic()
        speaking = asyncio.create_task(driver.say(30_000, pace=1))
        degraded = await driver.until(Degraded)
        assert 4 < time.monotonic() - began < 10
        assert degraded.finding.kind == "no_network"
        await driver.until(Closed)
        speaking.cancel()
        await asyncio.wait([speaking, listening])
