"""Writes the golden database of a schema: `python -m tests.journal.golden.make > tests/journal/golden/NNNN.sql`.

Run it with the version that has schema NNNN as its newest, before the next migration is written, and never again: what
a later version makes of these lines is what it will make of the ledgers out there. The story in it has something in
every table: two charges (one still runs), a command, a limit, a stale meter, decided tokens, readings, a cursor, what a
station told of itself, what another CSMS is still to be told.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from edgegw.hub import Ending
from edgegw.journal.group import Group
from edgegw.journal.outbox import NewestSaid, NumberThere, OutboxRow, Untold
from edgegw.journal.store import FILE_NAME
from edgegw.model import facts as f
from edgegw.model.commands import Asker, Command
from edgegw.model.requests import AuthorizeRequest, TransactionAnswer
from edgegw.model.samples import MeterSample
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, start, stop


async def story(folder: Path) -> None:
    clock = FakeClock()

    async def executor(command: Command, remote_start_id: int) -> Ending:
        return Ending("done", result={"status": "Accepted"})

    async with a_hub(folder, clock) as hub:
        hub.carry_out(["reset"], executor)
        await hub.record(f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6", address="192.0.2.10"))
        await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token="CARD2"))
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        for minute in range(1, 4):
            clock.advance(900)
            grid = MeterSample("meters/grid", clock.now(), {"import_wh": 5000 + minute, "power_w": 1500.5})
            register = MeterSample("stations/CP01/1", clock.now(), {"import_wh": 1_000_000 + 2500 * minute})
            hub.observe([grid, register])
            await hub.flush()
        await hub.request(stop(clock, begun))
        await hub.record(
            f.StationStatusChanged(at=clock.now(), station="CP01", evse=1, connector=1, status="finishing")
        )
        await hub.submit(Command("c1", "set_limit", {"target": "site", "limit_a": 40}, by=Asker("cloud")))
        await hub.submit(Command("c2", "reset", {"station": "CP01", "kind": "soft"}, by=Asker("page")), wait_s=5)
        await hub.record(f.MeterStale(at=clock.now(), meter="house", reason="no answer"))
        await hub.record(*told_by_stations(clock))
        clock.advance(60)
        await hub.request(start(clock, "CP02", 2, import_wh=77_000))
        await hub.journal.set_cursor("cloud", "A", hub.journal.position("A").epoch, 5)
        await hub.journal.commit(Group(outbox=list(said_upstream(clock))))


def told_by_stations(clock: FakeClock) -> list[f.Fact]:
    """A row for each table of what stations tell of themselves."""
    power = {"component": "EVSE", "evse": 1, "variable": "Power"}
    monitor = {"monitor": 7, "kind": "upper_threshold", "value": 11000.0, "severity": 4, "transaction": False}
    display = {"message": 3, "priority": "in_front", "texts": [{"text": "Oi", "format": "utf8", "language": "pt"}]}
    about = {"at": clock.now(), "station": "CP02"}
    return [
        f.VariablesChanged(**about, action="NotifyReport", variables=({**power, "attribute": "actual", "value": "7"},)),
        f.MonitorsChanged(**about, monitors=({**power, **monitor},)),
        f.DisplaysChanged(**about, displays=(display,)),
        f.OutsideLimitSet(**about, evse=0, source="ems", grid_critical=True),
        f.StationQuirkLearned(**about, quirk="no_pong", evidence="3 pings without a pong", firmware="1.0"),
    ]


def said_upstream(clock: FakeClock) -> tuple[OutboxRow, ...]:
    """A row for each table of what another CSMS is told."""
    frame = '[2,"m1","MeterValues",{"connectorId":1,"meterValue":[]}]'
    return (
        Untold(1, "CP01", "1.6", 0, clock.now(), frame, 7),
        NewestSaid("CP01", "boot", "1.6", '["BootNotification",{"chargePointVendor":"v","chargePointModel":"m"}]'),
        NumberThere("CP01", 7, 7001),
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(story(Path(name)))
        with closing(sqlite3.connect(Path(name) / FILE_NAME)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            for line in connection.iterdump():
                sys.stdout.write(f"{line}\n")
            sys.stdout.write(f"PRAGMA user_version = {version};\n")


if __name__ == "__main__":
    main()
