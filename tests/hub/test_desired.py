"""Desired state through the hub's door: durable, in force at once, and there after a restart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edgegw.core.unfit import Unfit
from edgegw.hub import Hub
from edgegw.model import facts as f
from edgegw.model.commands import Asker, Command
from edgegw.model.requests import AuthorizeRequest, TransactionAnswer
from edgegw.model.site import Tariff
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site, minutes, start, stop
from tests.support.ledgers import check

PRICES = {"rev": 3, "tariffs": {"default": {"energy_kwh": "5.00"}}}


async def may(hub: Hub, clock: FakeClock, id_token: str) -> Any:
    answer = await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token=id_token))
    return answer.status  # type: ignore[union-attr]


async def charge(hub: Hub, clock: FakeClock, begun: TransactionAnswer | None = None) -> str | None:
    """What 10 kWh cost, in a transaction that has begun or begins now."""
    if begun is None:
        answer = await hub.request(start(clock))
        assert isinstance(answer, TransactionAnswer)
        begun = answer
    clock.advance(60)
    ended = await hub.request(stop(clock, begun))
    assert isinstance(ended, TransactionAnswer)
    return ended.cost


async def test_a_list_from_the_cloud_decides_at_once_and_after_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await hub.desire(
            "tokens/0", {"rev": 7, "tokens": [{"id_token": "X"}, {"id_token": "CARD1", "status": "blocked"}]}
        )
        assert (await may(hub, clock, "X"), await may(hub, clock, "CARD1")) == ("accepted", "blocked")
    async with a_hub(tmp_path, clock) as hub:
        assert (await may(hub, clock, "X"), await may(hub, clock, "CARD1")) == ("accepted", "blocked")
        with pytest.raises(Unfit, match="rev 6 is below 7"):
            await hub.desire("tokens/0", {"rev": 6, "tokens": []})
        await hub.desire("tokens/0", {"rev": 8, "tokens": []})
        assert (await may(hub, clock, "X"), await may(hub, clock, "CARD1")) == ("invalid", "accepted")
    check(tmp_path)


async def test_no_id_token_of_a_list_lies_in_the_facts_themselves(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        await hub.desire("tokens/0", {"rev": 1, "tokens": [{"id_token": "04A1B2C3D4"}]})
        await hub.submit(Command("c", "set_tokens", {"add": [{"id_token": "04A1B2C3D4", "status": "blocked"}]}))
        await hub.submit(Command("d", "set_tokens", {"remove": ["04A1B2C3D4"]}))
        connection = await hub.journal.reader._connection()
        rows = await connection.execute_fetchall("SELECT group_concat(body) FROM facts")
        assert "04A1B2C3D4" not in next(iter(rows))[0]
    check(tmp_path)


async def test_a_command_changes_the_list_and_says_its_revision(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        order = Command("c", "set_tokens", {"add": [{"id_token": "X"}], "remove": ["CARD1"]}, by=Asker("page", "Ana"))
        assert (await hub.submit(order)).result == {"rev": 1}
        assert (await may(hub, clock, "X"), await may(hub, clock, "CARD1")) == ("accepted", "invalid")
        assert hub.state.listed["local/X"].by == "page:Ana"
    check(tmp_path)


async def test_new_prices_count_for_what_begins_from_now_on(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        begun = await hub.request(start(clock))
        assert isinstance(begun, TransactionAnswer)
        await hub.desire("tariffs", PRICES)
        assert await charge(hub, clock, begun) == "20.00"
        assert await charge(hub, clock) == "50.00"
    async with a_hub(tmp_path, clock) as hub:
        assert hub.site.tariffs["default"].energy_kwh == Decimal("5.00")
        assert await charge(hub, clock) == "50.00"
    digests = [fact.digest for fact in check(tmp_path) if isinstance(fact, f.SiteConfigured)]
    assert len(digests) == 2, "the prices in force are part of the site's digest, and a restart changes neither"


async def test_a_reload_of_the_file_keeps_the_prices_of_the_higher_revision(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        await hub.desire("tariffs", PRICES)
        await hub.configure(
            a_site(tariffs={"default": Tariff("default", Decimal(9)), "day": Tariff("day", Decimal(1))})
        )
        prices = {name: tariff.energy_kwh for name, tariff in hub.site.tariffs.items()}
        assert prices == {"default": Decimal(5), "day": Decimal(1)}
        await hub.configure(a_site(tariffs={"default": Tariff("default", Decimal(9), revision=4)}))
        assert hub.site.tariffs["default"].energy_kwh == Decimal(9)
    check(tmp_path)


async def test_prices_of_a_later_time_come_into_force_by_themselves(tmp_path: Path) -> None:
    clock = FakeClock()
    begins = (clock.now() + minutes(10)).isoformat()
    async with a_hub(tmp_path, clock) as hub:
        await hub.desire("tariffs", {**PRICES, "effective_from": begins})
        await hub.tick()
        assert await charge(hub, clock) == "20.00"
    clock.advance(600)
    async with a_hub(tmp_path, clock) as hub:
        await hub.tick()
        await hub.tick()
        assert await charge(hub, clock) == "50.00"
    kinds = [fact.type for fact in check(tmp_path)]
    assert kinds.count("tariffs_changed") == 2
    assert kinds.count("site_configured") == 2


async def test_what_is_wrong_somewhere_leaves_no_fact(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        head = hub.journal.position("A").head
        for name, body in (
            ("tokens/0", {"rev": 1, "tokens": [{"id_token": "X"}, {"id_token": ""}]}),
            ("tariffs", {"rev": 1, "tariffs": {"a": {"energy_kwh": "1"}, "b": {}}}),
            ("limits", {"rev": 1, "limits": {"site": {"limit_a": 1}, "attic": {"limit_a": 1}}}),
            ("stations", {"rev": 1, "stations": {"NEW": {"boot": "accepted"}, "CP01": {"boot": "perhaps"}}}),
        ):
            with pytest.raises(Unfit):
                await hub.desire(name, body)
        assert hub.journal.position("A").head == head
