"""One bill from its facts: computed again, in its place in the chain."""

from __future__ import annotations

from contextlib import closing
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from edgegw.journal.bill import Account, account, told, told_json
from edgegw.journal.rows import dump
from edgegw.model.site import Tariff, TariffPeriod
from tests.journal.parts import rows
from tests.journal.proofs import charge, forge, opened, sign_now
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site, start

EVENING = Tariff(
    "default", Decimal("1.89"), session=Decimal("2.00"), idle_minute=Decimal("0.50"),
    periods=(TariffPeriod((0, 1, 2, 3, 4), time(9, 30), time(21), Decimal("2.79")),), tax_percent=Decimal("7.5"),
)  # fmt: skip
"""With a period that begins in the middle of a charge, which is 9:00 to 10:00 in São Paulo."""


def accounted(folder: Path, transaction: str) -> Account:
    with closing(opened(folder)) as connection:
        found = account(connection, transaction)
    assert found is not None
    return found


async def test_a_bill_is_computed_again_from_its_facts(tmp_path: Path) -> None:
    clock, site = FakeClock(), a_site(tariffs={"default": EVENING})
    async with a_hub(tmp_path, clock, site) as hub:
        id = await charge(hub, clock)
    found = accounted(tmp_path, id)
    assert found.agrees is True
    assert found.computed is not None
    assert found.billed is not None
    assert str(found.computed.total) == found.billed.total
    # 5 kWh x 1.89 + 5 kWh x 2.79 + 2.00, and 7.5 % of 25.40
    assert (found.billed.total, found.billed.tax) == ("27.31", "1.91")
    assert [line["kind"] for line in told_json(found)["computed"]["lines"]] == ["energy", "energy", "session", "tax"]


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("cdr_closed", '"total":"20.00"', '"total":"25.00"'),
        ("cdr_closed", '"energy_wh":10000', '"energy_wh":9000'),
        ("cdr_closed", '"price":"2.00"', '"price":"2.50"'),
        ("transaction_metered", '"import_wh":1010000', '"import_wh":1009000'),
    ],
)
async def test_a_bill_that_its_facts_do_not_give_is_said_so(tmp_path: Path, kind: str, old: str, new: str) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        id = await charge(hub, clock)
    forge(tmp_path, kind, old, new)
    found = accounted(tmp_path, id)
    assert found.agrees is False
    assert "computed again from the facts, AND NOT AS BILLED:" in list(told(found))


async def test_prices_that_are_not_those_of_the_transactions_start_are_not_believed(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        id = await charge(hub, clock)
    ((key, body),) = rows(tmp_path, "SELECT key, body FROM tariffs")
    held: dict[str, Any] = orjson.loads(body)
    held["tariff"]["energy_kwh"] = "1.00"
    rows(tmp_path, "UPDATE tariffs SET body = ? WHERE key = ?", dump(held), key)
    found = accounted(tmp_path, id)
    assert found.agrees is None
    assert found.doubt == "the prices held for tariff default are not those that were in force then"
    rows(tmp_path, "DELETE FROM tariffs")
    assert accounted(tmp_path, id).doubt == "the prices of tariff default that were in force then are not held"


async def test_the_next_signature_behind_a_bill_covers_it(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await sign_now(hub)
        id = await charge(hub, clock)
        assert accounted(tmp_path, id).anchor is None
        first = await sign_now(hub)
        await sign_now(hub)
    found = accounted(tmp_path, id)
    assert found.anchor == first
    assert found.records[-1].position <= first.position
    assert list(told(found))[-1].endswith(first.key.hex())


async def test_a_running_transaction_has_no_bill_yet(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        begun: Any = await hub.request(start(clock))
    found = accounted(tmp_path, begun.transaction)
    assert (found.billed, found.computed, found.agrees) == (None, None, None)
    assert next(told(found)) == "not computed again: there is no bill yet"


async def test_a_transaction_without_facts_has_no_account(tmp_path: Path) -> None:
    async with a_hub(tmp_path):
        pass
    with closing(opened(tmp_path)) as connection:
        assert account(connection, "t9") is None
