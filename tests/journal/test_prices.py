"""The migration that writes down when each price list was in force, of a ledger from before that was known."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from edgegw.journal.store import FILE_NAME
from edgegw.model.site import Tariff
from tests.journal.parts import open_journal
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site
from tests.support.ledgers import check

CHEAP, DEAR, NIGHT = Tariff("default", Decimal(2)), Tariff("default", Decimal(9)), Tariff("night", Decimal(1))


async def test_an_old_ledger_learns_from_its_facts_when_each_list_was_in_force(tmp_path: Path) -> None:
    clock = FakeClock()
    stations = a_site().stations
    at_night = {**stations, "CP02": replace(stations["CP02"], tariff="night")}
    async with a_hub(tmp_path, clock, a_site(tariffs={"default": CHEAP, "night": NIGHT}, stations=at_night)) as hub:
        for tariffs, named in (
            ({"default": DEAR, "night": NIGHT}, at_night),
            ({"default": CHEAP}, at_night),  # a list that is not there: the usual one counts
            ({"default": CHEAP, "night": NIGHT}, {**at_night, "CP01": replace(stations["CP01"], tariff="night")}),
        ):
            clock.advance(86400)
            await hub.configure(a_site(tariffs=tariffs, stations=named))
    path = tmp_path / FILE_NAME
    known = _bodies(path)
    assert all('"ruled":[{' in body for body in known["tariffs"])
    with closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("UPDATE tariffs SET body = json_remove(body, '$.ruled')")
        ledger.execute("UPDATE site SET body = json_remove(body, '$.charges_by')")
        later = ("provisioned", "held_lists", "inventories", "availability", "quirks")
        for table in (*later, "untold", "newest_said", "numbers_there"):
            ledger.execute(f"DROP TABLE {table}")  # of later schemas
        ledger.execute("PRAGMA user_version = 3")
    journal = open_journal(tmp_path)
    state = journal.state()
    await journal.close()
    check(tmp_path)
    assert [len(row.ruled) for row in state.tariffs.values()] == [2, 2, 1]
    site = state.site["site"]
    assert [(each.station, each.tariff, each.since is None) for each in site.charges_by or ()] == [
        ("CP02", "night", True), ("CP02", "default", False), ("CP01", "night", False), ("CP02", "night", False),
    ]  # fmt: skip


def _bodies(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as ledger:
        return {
            table: [body for (body,) in ledger.execute(f"SELECT body FROM {table}")] for table in ("tariffs", "site")
        }
