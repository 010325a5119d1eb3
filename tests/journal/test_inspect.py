"""`edgegw journal show | verify | stats` as an installer runs it, beside the gateway and without it."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from edgegw.hub import Hub
from edgegw.model import facts as f
from edgegw.model.requests import TransactionAnswer
from edgegw.model.samples import MeterSample
from tests.journal.parts import rows
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, start, stop

FILE = """\
site: {{id: paulista-01, name: Hub Paulista, timezone: America/Sao_Paulo, currency: BRL}}
storage: {{path: "{folder}"}}
stations:
  - {{id: CP01, security_profile: 0, evses: [{{id: 1, max_a: 32, phases: [L1, L2, L3],
      connectors: [{{id: 1, type: cType2}}]}}]}}
supply: {{phases: 3, voltage_v: 220, limit_a: 63}}
tariffs: {{default: {{energy_kwh: "2.00"}}}}
"""


@dataclass
class Said:
    code: int
    out: str
    err: str


class Site:
    """A folder with a configuration and a ledger."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "store"
        self.file = root / "edgegw.yaml"
        self.file.write_text(FILE.format(folder=self.folder))

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "edgegw", "journal", *words, "-c", str(self.file)]

    def journal(self, *words: str) -> Said:
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=30)
        return Said(done.returncode, done.stdout, done.stderr)

    async def journal_beside(self, *words: str) -> Said:
        """The same while this process has the ledger open."""
        return await asyncio.to_thread(self.journal, *words)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def charge(hub: Hub, clock: FakeClock) -> str:
    """An hour of charging with 10 kWh; the transaction's id."""
    begun = await hub.request(start(clock))
    assert isinstance(begun, TransactionAnswer)
    for quarter in range(1, 4):
        clock.advance(900)
        hub.observe([MeterSample("stations/CP01/1", clock.now(), {"import_wh": 1_000_000 + 2500 * quarter})])
    clock.advance(900)
    await hub.flush()
    await hub.request(stop(clock, begun))
    return begun.transaction


async def test_a_bill_is_told_from_its_facts(site: Site) -> None:
    clock = FakeClock()
    async with a_hub(site.folder, clock) as hub:
        id = await charge(hub, clock)
        said = await site.journal_beside("show", id)
        told = json.loads((await site.journal_beside("show", id, "--json")).out)
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == f"transaction {id}"
    assert lines[1] == "2026-03-02T12:00:00Z started at CP01, EVSE 1, OCPP 1.6, by CARD1, accepted"
    registers = [re.search(r"([\d,]+) Wh  (\w+)", line) for line in lines]
    assert [found.groups() for found in registers if found] == [
        ("1,000,000", "begin"), ("1,002,500", "periodic"), ("1,005,000", "periodic"), ("1,007,500", "periodic"),
        ("1,010,000", "end"),
    ]  # fmt: skip
    assert "2026-03-02T13:00:00Z ended: local" in lines
    assert "2026-03-02T13:00:00Z billed: 10,000 Wh, 0 s idle" in lines
    assert re.search(r"energy +10\.000 kWh x 2\.00 = 20\.00$", said.out, flags=re.MULTILINE)
    assert re.search(r"total +20\.00 BRL, of it tax 0\.00$", said.out, flags=re.MULTILINE)
    assert lines[-1].endswith(told[-1]["hash"])
    assert [fact["type"] for fact in told][::8] == ["transaction_started", "cdr_closed"]


async def test_an_erased_token_leaves_the_bill(site: Site) -> None:
    clock = FakeClock()
    async with a_hub(site.folder, clock) as hub:
        id = await charge(hub, clock)
    rows(site.folder, "DELETE FROM personal")
    said = site.journal("show", id)
    assert "by a token that was erased or never named, accepted" in said.out
    assert "CARD1" not in said.out
    assert site.journal("verify").code == 0


async def test_the_newest_facts_are_shown_beside_the_gateway_that_writes_them(site: Site) -> None:
    clock = FakeClock()
    async with a_hub(site.folder, clock) as hub:
        for number in range(30):
            await hub.record(
                f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6", address=f"192.0.2.{number}")
            )
        said = await site.journal_beside("show")
        told = json.loads((await site.journal_beside("show", "--json")).out)
    lines = said.out.splitlines()
    assert len(lines) == 20
    assert lines[-1].split() == [
        "32", "2026-03-02T12:00:00Z", "station_connected", "stations/CP01", "ocpp=1.6", "address=192.0.2.29",
    ]  # fmt: skip
    assert [fact["sequence"] for fact in told] == list(range(13, 33))
    assert told[-1]["body"]["address"] == "192.0.2.29"
    assert told[-1]["at"] == "2026-03-02T12:00:00Z"


async def test_stats_tell_where_the_streams_stand_and_what_waits_for_whom(site: Site) -> None:
    clock = FakeClock()
    async with a_hub(site.folder, clock) as hub:
        await charge(hub, clock)
        epoch = hub.journal.position("A").epoch
        quiet = (await site.journal_beside("stats")).out
        await hub.journal.set_cursor("cloud", "A", epoch, 4)
        said = await site.journal_beside("stats")
        told = json.loads((await site.journal_beside("stats", "--json")).out)
    assert quiet.count("nobody has acknowledged any of it") == 2
    head = told["streams"]["A"]["head"]
    assert f"stream A: 1 to {head}, {head} rows" in said.out
    assert f"  cloud has it up to 4: {head - 4} wait, the oldest since 2026-03-02T12:15:00.000000Z" in said.out
    assert told["epoch"] == epoch
    assert told["streams"]["A"]["cursors"]["cloud"] == {
        "epoch": epoch, "sequence": 4, "behind": head - 4, "oldest_at": "2026-03-02T12:15:00.000000Z",
    }  # fmt: skip
    assert told["streams"]["B"] | {"samples": 3, "tail": 1, "cursors": {}} == told["streams"]["B"]
    assert told["bytes"] + told["wal_bytes"] > 4096


async def test_verify_says_good_beside_the_gateway_and_where_it_breaks_when_not(site: Site) -> None:
    clock = FakeClock()
    async with a_hub(site.folder, clock) as hub:
        await charge(hub, clock)
        good = await site.journal_beside("verify")
    assert good.code == 0
    assert re.search(r"journal\.db: good: \d+ facts, 1 personal value, 3 sample blocks in 1 epoch;", good.out)
    rows(site.folder, "UPDATE facts SET body = replace(body, '1010000', '1000000') WHERE type = 'transaction_metered'")
    ((edited,),) = rows(site.folder, 'SELECT sequence FROM facts WHERE body LIKE \'%"reason":"end"%\'')
    bad = site.journal("verify")
    assert bad.code == 1
    line = f"fact {edited}: it is not as it was written, or not in its place"
    assert bad.out == f"{site.folder}/journal.db: {line}\n"
    told = json.loads(site.journal("verify", "--json").out)
    assert (told["good"], told["breaks"]) == (False, [line])


# What can't be shown


def test_a_ledger_that_is_not_there_is_named(site: Site) -> None:
    said = site.journal("stats")
    assert said.code == 1
    assert f"edgegw: {site.folder}/journal.db: there is no ledger" in said.err
    assert not site.folder.exists()


async def test_a_transaction_that_nobody_knows_is_said_so(site: Site) -> None:
    async with a_hub(site.folder):
        pass
    said = site.journal("show", "t9")
    assert said.code == 1
    assert "there is no transaction 't9'" in said.err


async def test_a_newer_ledger_is_left_to_the_version_that_wrote_it(site: Site) -> None:
    async with a_hub(site.folder):
        pass
    rows(site.folder, "PRAGMA user_version = 99")
    for what in ("show", "verify", "stats"):
        said = site.journal(what)
        assert said.code == 78
        assert "the database has schema 99" in said.err
        assert "Traceback" not in said.err


def test_what_is_no_database_is_said_so(site: Site) -> None:
    site.folder.mkdir()
    (site.folder / "journal.db").write_bytes(b"not what it was" * 1000)
    said = site.journal("verify")
    assert said.code == 1
    assert "the database is damaged" in said.err


def test_a_file_that_is_no_yaml_is_told_with_its_place(site: Site) -> None:
    site.file.write_text("storage: {path\n")
    said = site.journal("stats")
    assert said.code == 78
    assert f"{site.file}:2:1:" in said.err


async def test_the_ledger_is_shown_while_something_else_in_the_file_is_wrong(site: Site) -> None:
    async with a_hub(site.folder):
        pass
    site.file.write_text(site.file.read_text().replace("supply:", "suply:"))
    assert site.journal("verify").code == 0
