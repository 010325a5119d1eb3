"""docs/stations.md is true: its commands run and say what it shows, and the gateway says what its table has."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
from asyncio.subprocess import PIPE, STDOUT
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from edgegw.settings.tokens import read_tokens
from edgegw.simulate import Station
from tests.support.gateway import CHECKOUT, GatewayProcess, until
from tests.support.ports import free_port

TEXT = (CHECKOUT / "docs" / "stations.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```console (\w+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE))
SOURCES = "".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "edgegw" / "stations").rglob("*.py"))

pytestmark = pytest.mark.timeout(180)


def steps(block: str) -> list[tuple[str, str]]:
    """Commands of a block, each with the output behind it."""
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", BLOCKS[block], re.MULTILINE)


def fits(shown: str, said: str) -> bool:
    """Whether `said` is what the page shows; `…` is any text of a line, and as a line of its own any lines."""
    lines = ("(?:.*\n)*?" if line == "…\n" else re.escape(line).replace("…", ".*?") for line in shown.splitlines(True))
    return re.fullmatch("".join(lines), said) is not None


async def _run(folder: Path, file: Path, command: str) -> str:
    program, *words = shlex.split(command)
    assert program == "edgegw"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edgegw", *words, cwd=folder, stdout=PIPE, stderr=STDOUT,
        env={**os.environ, "EDGEGW_CONFIG": str(file), "PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip
    return (await process.communicate())[0].decode()


async def test_its_commands_say_what_it_shows(tmp_path: Path) -> None:
    (tmp_path / "v2.bin").write_bytes(b"firmware of a station 2.0")
    (tmp_path / "cp09.secret").write_text("correct horse battery\n")
    gateway = GatewayProcess(tmp_path)
    gateway.written["ocpp"]["files"] = {
        "host": "127.0.0.1", "address": "127.0.0.1", "port": free_port(), "ftp": True, "ftp_port": free_port(),
    }  # fmt: skip
    gateway.write()
    run = set()

    async def check(block: str) -> None:
        for command, shown in steps(block):
            said = await _run(tmp_path, gateway.file, command)
            assert fits(shown, said), f"$ {command}\n{said}\ninstead of\n{shown}"
        run.add(block)

    async with AsyncExitStack() as stack:
        stack.enter_context(gateway)
        station = await stack.enter_async_context(Station("CP01", "2.0.1", url=gateway.url))
        await station.until(lambda: station.booted)
        stranger = await stack.enter_async_context(Station("CP09", "1.6", url=gateway.url))
        await stranger.until(lambda: stranger.connected)

        async def has_booted() -> bool:
            rows = await asyncio.to_thread(gateway.get, "/stations")
            told = {row["id"]: (row["registration"], row["connectors"], row["evses"]) for row in rows["items"]}
            return told.get("CP09", ("", [], []))[0] == "pending" and bool(told["CP01"][2][0]["connectors"])

        await until(has_booted)
        for block in ("seen", "known", "knocked", "accepted", "said", "called", "filed"):
            await check(block)
        tracing = asyncio.create_task(check("traced"))
        await until(lambda: (tmp_path / "cp01.jsonl").exists())
        await asyncio.sleep(1.0)  # it is opened just before the gateway is asked to listen
        station.reboot("PowerUp", 0.1)
        await tracing
    assert run == BLOCKS.keys()


@pytest.mark.parametrize("text", re.findall(r"^\| `([^`]+)` \|", TEXT, re.MULTILINE))
def test_what_the_log_says_is_what_its_table_has(text: str) -> None:
    assert text in SOURCES


def test_the_cards_of_the_page_are_read(tmp_path: Path) -> None:
    [cards] = [
        text for text in re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE) if "04A1B2C3" in text
    ]
    (tmp_path / "tokens.yaml").write_text(cards)
    tokens, wrong = read_tokens(tmp_path / "tokens.yaml")
    assert wrong == []
    assert [token.status for token in tokens.values()] == ["accepted", "accepted", "blocked"]


def test_a_page_that_shows_something_else_does_not_fit() -> None:
    assert fits("a … c\n", "a b c\n")
    assert not fits("a … c\n", "a b d\n")
    assert fits("a\n…\n", "a\nb\nc\n")
    assert not fits("a\n", "a\nb\n")
