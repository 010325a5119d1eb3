"""What the API shows of a hub at work, asked through the control socket."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.hub import Hub
from edgegw.model import facts as f
from edgegw.model.commands import Command
from edgegw.model.samples import MeterSample
from edgegw.web import history
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, start, stop
from tests.web.served import Client, busy_hub, neighbours, serving


async def pages(client: Client, path: str, limit: int) -> list[list[dict[str, Any]]]:
    """All pages of a history, until `next` is null."""
    found, following = [], ""
    while True:
        answer = (await client.get(f"{path}{'&' if '?' in path else '?'}limit={limit}{following}")).json
        found.append(answer["items"])
        if answer["next"] is None:
            return found
        following = f"&cursor={answer['next']}"


async def test_the_site_stands_on_one_page(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as running:
        site = (await running.installer.get("/api/v1/site")).json
    assert (site["id"], site["locale"], site["active_transactions"]) == ("paulista-01", "pt-BR", 1)
    assert site["stations"] == {"configured": 2, "connected": 1, "others": 1}
    assert site["journal"]["A"]["head"] == hub.journal.position("A").head
    assert site["uplink"]["backlog"] == {"A": 12, "B": 3}
    assert site["services"]["uplink"]["reason"] == "mqtt.example.com: refused"
    assert site["fallback"] == "10.20.30.40:502 is silent"
    assert [meter["measures"] for meter in site["meters"]] == ["supply"]
    assert site["circuits"][0]["phases"]["L1"]["given_a"] == 32.0


async def test_a_station_shows_its_evses_with_reading_setpoint_and_running_cost(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as running:
        station = (await running.installer.get("/api/v1/stations/CP01")).json
        everyone = (await running.installer.get("/api/v1/stations")).json["items"]
    assert [each["id"] for each in everyone] == ["CP01", "CP02", "CP09"]
    assert station == everyone[0]
    assert (station["name"], station["connected"], station["serial"]) == ("Vaga 1", True, "SN-778899")
    (evse,) = station["evses"]
    assert (evse["setpoint"]["setpoint_a"], evse["max_a"], evse["connectors"][0]["status"]) == (16.0, 32.0, "charging")
    assert evse["reading"]["power_w"] == 11_000.0
    assert evse["transaction"]["energy_wh"] == 250
    assert evse["transaction"]["cost"] == {"amount": "0.50", "currency": "BRL", "final": False}
    assert evse["transaction"]["id_token"] == "04A1B2C3D4"


async def test_an_ended_transaction_shows_its_final_bill_and_each_metering(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path) as running:
        (ended,) = (await running.installer.get("/api/v1/transactions?state=ended")).json["items"]
        assert (await running.installer.get(f"/api/v1/transactions/{ended['id']}")).json == ended
        assert (await running.installer.get("/api/v1/transactions/none")).kind == "not-found"
    assert ended["cost"] == {"amount": "20.00", "currency": "BRL", "final": True}
    assert [metering["import_wh"] for metering in ended["meterings"]] == [1_000_000, 1_010_000]


async def test_every_time_is_utc_with_z(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as running:
        for path in ("site", "stations", "transactions", "facts", "samples?source=meters/grid"):
            text = (await running.installer.get(f"/api/v1/{path}")).body.decode()
            times = re.findall(r"\"(\d{4}-\d\d-\d\dT[^\"]*)\"", text)
            assert times, path
            assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", each) for each in times), path


# History


async def charge(hub: Hub, clock: FakeClock, count: int) -> None:
    for _ in range(count):
        answer = await hub.request(start(clock))
        clock.advance(60)
        await hub.request(stop(clock, answer))  # type: ignore[arg-type]
        clock.advance(60)


async def test_transactions_come_newest_first_and_page_by_page_without_gap_or_double(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub, serving(hub, tmp_path) as running:
        await charge(hub, clock, 6)
        found = await pages(running.installer, "/api/v1/transactions", 2)
        begun = (await running.installer.get("/api/v1/transactions?limit=1")).json["next"]
        await charge(hub, clock, 1)
        later = (await running.installer.get(f"/api/v1/transactions?limit=1&cursor={begun}")).json["items"]
    assert [len(page) for page in found] == [2, 2, 2]
    times = [row["started_at"] for page in found for row in page]
    assert times == sorted(set(times), reverse=True)
    assert later == found[0][1:]  # what came in between moves no page


async def test_transactions_are_found_by_station_time_and_state(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub, serving(hub, tmp_path) as running:
        await charge(hub, clock, 2)
        middle = clock.now().isoformat().replace("+00:00", "Z")
        await hub.request(start(clock, "CP02"))

        async def count(query: str) -> int:
            return len((await running.installer.get(f"/api/v1/transactions?{query}")).json["items"])

        assert await count("station=CP01") == 2
        assert await count("station=CP01&state=active") == 0
        assert await count("state=active") == 1
        assert await count(f"since={middle}") == 1
        assert await count(f"until={middle}") == 2


async def test_facts_come_in_order_by_type_and_page_by_page(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub, serving(hub, tmp_path) as running:
        await charge(hub, clock, 3)
        head = hub.journal.position("A").head
        found = await pages(running.installer, "/api/v1/facts", 4)
        assert [fact["sequence"] for page in found for fact in page] == list(range(1, head + 1))
        found = await pages(running.installer, "/api/v1/facts?type=cdr_closed", 1)
        assert [[fact["data"]["total"] for fact in page] for page in found] == [["20.00"]] * 3
        after = (await running.installer.get(f"/api/v1/facts?after={head - 1}")).json
        assert ([fact["sequence"] for fact in after["items"]], after["next"]) == ([head], None)


@pytest.mark.parametrize(("at_once", "times"), [(1000, 20), (40, 3), (7, 1)])
async def test_samples_page_by_page_are_every_reading_once_and_step_thins_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, times: int
) -> None:
    monkeypatch.setattr(history, "RAW_PAGE", at_once)
    monkeypatch.setattr(history, "RAW_PAGES", times)
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub, serving(hub, tmp_path) as running:
        for second in range(250):
            hub.observe([MeterSample("meters/grid", clock.now(), {"power_w": float(second)})])
            clock.advance(1)
        await hub.flush()
        path = "/api/v1/samples?source=meters/grid"
        found = await pages(running.installer, path, 100)
        assert [row["power_w"] for page in found for row in page] == list(range(250))
        found = await pages(running.installer, f"{path}&step=60", 2)
        assert [row["power_w"] for page in found for row in page] == [0, 60, 120, 180, 240]
        since = (clock.now() - timedelta(seconds=3)).isoformat().replace("+00:00", "Z")
        assert len((await running.installer.get(f"{path}&since={since}")).json["items"]) == 3
        assert (await running.installer.get("/api/v1/samples")).kind == "bad-request"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=1001", "limit=99999999999999999999999", "limit=x", "limit=1&limit=2", "limits=3",
        "cursor=nonsense", "cursor=WzFd", "cursor=%FF", "since=yesterday", "since=2026-01-01T00:00:00", "state=running",
        "until=%00",
    ],
)  # fmt: skip
async def test_a_query_that_makes_no_sense_is_refused(tmp_path: Path, query: str) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as running:
        assert (await running.installer.get(f"/api/v1/transactions?{query}")).kind == "bad-request"


@pytest.mark.parametrize("query", ["after=-1", "after=1e3", "type=nothing", "step=1", "after=1&cursor=WyJhIiwxXQ"])
async def test_a_query_for_facts_that_makes_no_sense_is_refused(tmp_path: Path, query: str) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as running:
        assert (await running.installer.get(f"/api/v1/facts?{query}")).kind == "bad-request"


async def test_state_takes_no_parameters_and_an_unknown_path_is_not_found(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as running:
        answer = await running.installer.get("/api/v1/site?verbose=1")
        assert answer.kind == "bad-request"
        assert "verbose" in answer.json["detail"]
        for path in ("/api/v1/nothing", "/api/v1/stations/", "/api/v1/stations/CP77", "/api/v2/site", "//api/v1/site"):
            assert (await running.installer.get(path)).kind == "not-found"


async def test_a_station_with_a_slash_or_an_accent_in_its_id_is_found_percent_encoded(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub, serving(hub, tmp_path) as running:
        for name in ("praça/1", "50%", "a b"):
            await hub.record(f.StationConnected(at=hub.now(), station=name, ocpp="1.6"))
        for encoded, name in (("pra%C3%A7a%2F1", "praça/1"), ("50%25", "50%"), ("a%20b", "a b")):
            assert (await running.installer.get(f"/api/v1/stations/{encoded}")).json["id"] == name
        assert (await running.installer.get("/api/v1/stations/%43P01")).json["id"] == "CP01"


# Several sources


async def test_the_lowest_limit_rules_and_is_named_until_its_time_is_over(tmp_path: Path) -> None:
    clock = FakeClock()
    until = (clock.now() + timedelta(hours=1)).isoformat()
    async with busy_hub(tmp_path, clock) as hub, serving(hub, tmp_path) as running:
        for identity, args in (
            ("1", {"target": "site", "limit_a": 40, "until": until}),
            ("2", {"target": "circuit:main", "limit_a": 50}),
            ("3", {"target": "station:CP01", "limit_a": 10}),
        ):
            await hub.submit(Command(identity, "set_limit", args))

        async def main() -> tuple[float, str]:
            (row,) = (await running.installer.get("/api/v1/circuits")).json["items"]
            assert row["breaker_a"] == 63.0
            return row["limit_a"], row["source"]

        assert await main() == (40.0, "policy site")
        rows = (await running.installer.get("/api/v1/config/effective")).json["limits"]
        assert rows == [
            {"target": "circuit:main", "limit_a": 40.0, "source": "policy site", "file_a": 63.0},
            {"target": "station:CP01", "limit_a": 10, "source": "policy station:CP01", "file_a": 32.0},
        ]
        clock.advance(3601)
        assert await main() == (50.0, "policy circuit:main")


async def test_who_lets_a_station_in_is_shown(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as running:
        before = (await running.installer.get("/api/v1/config/effective")).json
        await hub.submit(Command("1", "accept_station", {"station": "CP09"}))
        after = (await running.installer.get("/api/v1/config/effective")).json
    assert before["configuration"]["supply"] == {"limit_a": 63.0}
    assert before["stations"][0] == {"station": "CP01", "admitted": True, "source": "file"}
    assert before["stations"][2] == {"station": "CP09", "admitted": None, "source": "ocpp.unknown_stations"}
    assert after["stations"][2] == {"station": "CP09", "admitted": True, "source": "installer"}


async def test_what_a_station_told_of_itself_is_shown_page_by_page(tmp_path: Path) -> None:
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as running:
        variables = tuple({"component": "C", "variable": f"V{number}", "value": "1"} for number in range(5))
        other = {"component": "", "variable": "Key", "value": "2"}
        await hub.record(
            f.VariablesChanged(at=hub.now(), station="CP01", action="NotifyReport", variables=(*variables, other))
        )
        first = (await running.installer.get("/api/v1/stations/CP01/variables?component=c&limit=3")).json
        assert [each["variable"] for each in first["items"]] == ["V0", "V1", "V2"]
        assert first["items"][0]["value"] == "1"
        rest = await running.installer.get(
            f"/api/v1/stations/CP01/variables?component=c&limit=3&cursor={first['next']}"
        )
        assert [each["variable"] for each in rest.json["items"]] == ["V3", "V4"]
        assert rest.json["next"] is None
        keys = (await running.installer.get("/api/v1/stations/CP01/variables?component=")).json["items"]
        assert [each["variable"] for each in keys] == ["Key"]
        assert (await running.installer.get("/api/v1/stations/none/variables")).kind == "not-found"


async def test_what_the_gateway_keeps_at_a_station_is_shown(tmp_path: Path) -> None:
    settings = ({"setting": "cache", "status": "reboot_required", "value": "true"},)
    async with busy_hub(tmp_path) as hub, serving(hub, tmp_path, neighbours()) as running:
        await hub.record(
            f.StationProvisioned(at=hub.now(), station="CP01", digest="d", settings=settings),
            f.LocalListSent(at=hub.now(), station="CP01", version=7, digest="d", entries=2, update="full"),
        )
        upkeep = (await running.installer.get("/api/v1/stations/CP01")).json["upkeep"]
    assert (upkeep["settings"], upkeep["restart_required"]) == (list(settings), True)
    assert (upkeep["list"]["version"], upkeep["list"]["entries"]) == (7, 2)
