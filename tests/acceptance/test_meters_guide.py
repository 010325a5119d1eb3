"""docs/meters.md is true: its commands run and say what it shows, and what it explains is what the code says."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.acceptance.test_stations_guide import _run, fits
from tests.meters.lines import em340, sdm630
from tests.meters.peer import Peer, rtu
from tests.meters.wire import Wire
from tests.support.gateway import CHECKOUT

TEXT = (CHECKOUT / "docs" / "meters.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```console (\w+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE))
SOURCES = "".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "edgegw" / "meters").glob("*.py"))
ADAPTER, HOST = "/dev/serial/by-id/usb-FTDI_RS485-if00-port0", "192.168.1.40"

pytestmark = pytest.mark.timeout(180)


async def test_its_commands_say_what_it_shows(tmp_path: Path) -> None:
    """On a line at 9600 baud, and at a transparent gateway; the page's adapter and address stand for those here."""
    adapter = tmp_path / "rs485"
    told = em340()
    told.hold(3, 0x0B, 341)
    with Wire(adapter, Peer({1: sdm630(), 3: told}), 9600, silence_s=0.06):
        async with Peer({1: sdm630()}).on_tcp(rtu) as port:

            def here(text: str) -> str:
                text = text.replace(ADAPTER, str(adapter)).replace(f"--host {HOST}", f"--host 127.0.0.1 --port {port}")
                return text.replace(f"{HOST}:502", f"127.0.0.1:{port}").replace(
                    f"host: {HOST}, port: 502", f"host: 127.0.0.1, port: {port}"
                )

            for block in ("scanned", "read"):
                for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", BLOCKS.pop(block), re.MULTILINE):
                    async with asyncio.timeout(80):
                        said = await _run(tmp_path, tmp_path / "none.yaml", here(command))
                    assert fits(here(shown), said), f"$ {command}\n{said}\ninstead of\n{here(shown)}"
    assert not BLOCKS


@pytest.mark.parametrize("text", re.findall(r"^\| `([^`]+)` \|", TEXT, re.MULTILINE))
def test_what_its_tables_explain_is_what_the_code_says(text: str) -> None:
    assert text in SOURCES
