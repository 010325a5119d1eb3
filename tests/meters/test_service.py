"""The meters' service at a site: samples, marks, facts, and changes while it runs."""

import asyncio
from pathlib import Path

import pytest

from edgegw.meters.drivers import DriverCatalogue
from edgegw.meters.service import contradictions
from edgegw.model.facts import MeterIdentified, MeterRecovered, MeterStale
from edgegw.model.state import MeterState
from tests.meters.lines import cable, em340, sdm630
from tests.meters.peer import Peer, Server
from tests.meters.site import Hub, meter, meters, running, serial, tcp


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.meters.unit.SHORTEST_PATIENCE_S", 0.05)
    monkeypatch.setattr("edgegw.meters.unit.FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr("edgegw.meters.trial.BETWEEN_S", 0.01)


async def test_a_sample_a_period_with_slow_values_when_they_are_new() -> None:
    hub = Hub()
    async with Peer({1: em340()}).on_tcp() as port, running(meters(hub, meter("grid", tcp(port)))):
        await hub.until(lambda: len(hub.samples) >= 5)
    assert {sample.source for sample in hub.samples} == {"meters/grid"}
    assert {sample.quality for sample in hub.samples} == {"good"}
    assert all(sample.values["current_l3_a"] == pytest.approx(3.0) for sample in hub.samples)
    assert all(sample.values["power_w"] == pytest.approx(1200.0) for sample in hub.samples)
    assert [sample.values.get("import_wh") for sample in hub.samples[:3]] == [91_132_600, None, None]
    assert all(later.at > sample.at for sample, later in zip(hub.samples, hub.samples[1:], strict=False))


async def test_a_meter_is_identified_once_and_again_only_when_it_is_another() -> None:
    hub = Hub()
    there = em340()
    there.hold(3, 0x0B, 341)
    async with Peer({1: there}).on_tcp() as port:
        settings = meter("grid", tcp(port))
        async with running(meters(hub, settings)):
            await hub.until(lambda: bool(hub.facts))
        (fact,) = hub.facts
        assert isinstance(fact, MeterIdentified)
        assert (fact.meter, fact.driver, fact.identity) == ("grid", "carlo-gavazzi-em340", "341")
        async with running(meters(hub, settings)):
            await hub.until(lambda: len(hub.samples) > 3)
        assert len(hub.facts) == 1


async def test_impossible_values_are_marked_and_make_the_meter_stale_but_not_its_neighbour() -> None:
    hub = Hub()
    peer = Peer({1: em340(volts=(2301, 15000, 2298)), 2: em340()})
    async with peer.on_tcp() as port:
        place = tcp(port)
        async with running(meters(hub, meter("grid", place), meter("row-a", place, unit=2))):
            await hub.until(lambda: len(hub.of("grid")) > 2 and len(hub.of("row-a")) > 2)
            hub.ahead_s = 6.0
            await hub.until(lambda: any(isinstance(fact, MeterStale) for fact in hub.facts))
    # The clock's leap leaves both without a sample for a moment.
    assert {sample.quality for sample in hub.of("grid") if sample.values} == {"suspect"}
    assert {sample.quality for sample in hub.of("row-a") if sample.values} == {"good"}
    (stale,) = [fact for fact in hub.facts if isinstance(fact, MeterStale) and fact.meter == "grid"]
    assert "L2 reads 1500 V" in stale.reason


async def test_a_silent_meter_becomes_stale_after_five_seconds_and_recovers_with_its_first_good_sample() -> None:
    hub = Hub()
    peer = Peer({1: em340(), 2: em340()})
    async with peer.on_tcp() as port:
        place = tcp(port)
        async with running(meters(hub, meter("grid", place), meter("row-a", place, unit=2))):
            await hub.until(lambda: bool(hub.of("grid")))
            peer.units[1].silent = True
            hub.ahead_s = 4.0
            await asyncio.sleep(0.2)
            assert not any(isinstance(fact, MeterStale) for fact in hub.facts)
            hub.ahead_s = 5.5
            await hub.until(lambda: any(isinstance(fact, MeterStale) for fact in hub.facts))
            peer.units[1].silent = False
            await hub.until(lambda: any(isinstance(fact, MeterRecovered) for fact in hub.facts))
    told = [fact for fact in hub.told("grid") if not isinstance(fact, MeterIdentified)]
    assert [type(fact) for fact in told] == [MeterStale, MeterRecovered]
    assert isinstance(told[0], MeterStale)
    assert "unit 1 on 127.0.0.1" in told[0].reason
    assert "did not answer" in told[0].reason
    (mark,) = [sample for sample in hub.of("grid") if sample.quality == "stale"]
    assert mark.values == {}
    assert not any(sample.quality == "stale" for sample in hub.of("row-a")[:-1])


async def test_a_stale_meter_that_fails_otherwise_now_says_how_it_fails_now(monkeypatch: pytest.MonkeyPatch) -> None:
    hub, there = Hub(), em340(volts=(2301, 15000, 2298))
    there.silent = True
    async with Peer({1: there}).on_tcp() as port, running(meters(hub, meter("grid", tcp(port)))):
        hub.ahead_s = 6.0
        await hub.until(lambda: len(hub.facts) == 1)
        there.silent = False
        await hub.until(lambda: bool(hub.of("grid")[-1:]) and hub.of("grid")[-1].quality == "suspect")
        await asyncio.sleep(0.1)
        assert len(hub.facts) == 1  # not at once: a loose cable is one thing and another each second
        hub.ahead_s = 40.0
        await hub.until(lambda: any("L2 reads 1500 V" in str(hub.state.meters["grid"].reason) for _ in hub.facts))
        there.hold(3, 0x02, 15001)
        hub.ahead_s = 80.0
        count = len(hub.samples)
        await hub.until(lambda: len(hub.samples) > count + 3)
    assert [fact for fact in hub.told("grid") if isinstance(fact, MeterStale)][2:] == []


async def test_an_exception_marks_the_sample() -> None:
    hub = Hub()
    there = em340()
    there.absent = {0x0C}
    async with Peer({1: there}).on_tcp() as port, running(meters(hub, meter("grid", tcp(port)))):
        await hub.until(lambda: len(hub.samples) >= 3)
    assert {sample.quality for sample in hub.samples} == {"suspect"}
    assert all(sample.values["voltage_l1_v"] == pytest.approx(230.1) for sample in hub.samples)
    assert all("current_l1_a" not in sample.values for sample in hub.samples)


async def test_a_meter_without_a_driver_is_stale_and_says_why() -> None:
    hub = Hub()
    async with running(meters(hub, meter("grid", tcp(9), driver="eastron-sdm360"))):
        hub.ahead_s = 6.0
        await hub.until(lambda: bool(hub.facts))
    (fact,) = hub.facts
    assert isinstance(fact, MeterStale)
    assert "did you mean eastron-sdm630" in fact.reason


async def test_a_full_disk_does_not_end_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgegw.meters.service.RECORD_AGAIN_S", 0.02)
    hub = Hub()
    hub.full = True
    there = em340()
    there.hold(3, 0x0B, 341)
    async with Peer({1: there}).on_tcp() as port, running(meters(hub, meter("grid", tcp(port)))):
        await hub.until(lambda: len(hub.samples) > 5)
        assert hub.facts == []
        hub.full = False
        await hub.until(lambda: bool(hub.facts))


async def test_what_was_stale_before_a_restart_recovers_after_it() -> None:
    hub = Hub()
    hub.state.meters["grid"] = MeterState("grid", stale=True, at=hub.now(), identity="341")
    async with Peer({1: em340()}).on_tcp() as port, running(meters(hub, meter("grid", tcp(port)))):
        await hub.until(lambda: bool(hub.facts))
    assert [type(fact) for fact in hub.facts] == [MeterRecovered]


async def test_a_change_swaps_only_what_changed_and_holds_it_stale_until_it_is_read() -> None:
    hub = Hub()
    peer = Peer({1: em340(), 2: em340(), 3: em340(volts=(2200, 2200, 2200))})
    async with peer.on_tcp() as port:
        place = tcp(port)
        grid, row = meter("grid", place), meter("row-a", place, unit=2)
        service = meters(hub, grid, row)
        async with running(service):
            await hub.until(lambda: len(hub.of("row-a")) > 1)
            peer.requests.clear()
            peer.units[3].delay_s = 0.1
            assert await service.reconfigure([grid, row.model_copy(update={"unit": 3})]) == []
            peer.units[3].delay_s = 0.0
            seen = len(hub.of("row-a"))
            await hub.until(lambda: any(isinstance(fact, MeterRecovered) for fact in hub.facts))
            await hub.until(lambda: len(hub.of("row-a")) > seen)
            probed = peer.requests.index(peer.asked(3)[0])
            assert any(request.unit == 2 for request in peer.requests[probed:]), "the old one is read until the swap"
    told = [fact for fact in hub.told("row-a") if not isinstance(fact, MeterIdentified)]
    assert [type(fact) for fact in told] == [MeterStale, MeterRecovered]
    assert not any(isinstance(fact, MeterStale) for fact in hub.told("grid"))
    assert hub.of("row-a")[-1].values["voltage_l1_v"] == pytest.approx(220.0)


async def test_a_change_to_a_meter_that_is_not_there_changes_nothing() -> None:
    hub = Hub()
    peer = Peer({1: em340(), 9: Server(silent=True)})
    async with peer.on_tcp() as port:
        grid = meter("grid", tcp(port))
        service = meters(hub, grid)
        async with running(service):
            await hub.until(lambda: bool(hub.samples))
            (error,) = await service.reconfigure([grid.model_copy(update={"unit": 9})])
            assert error.startswith("meter grid: unit 9 on 127.0.0.1")
            seen = len(hub.samples)
            await hub.until(lambda: len(hub.samples) > seen + 1)
    assert not any(isinstance(fact, MeterStale) for fact in hub.facts)


async def test_a_probe_tells_a_wrong_driver_by_its_impossible_values() -> None:
    hub = Hub()
    async with Peer({1: sdm630()}).on_tcp() as port:
        there = sdm630()
        there.registers |= {
            (3, address): value for (function, address), value in there.registers.items() if function == 4
        }
        async with Peer({1: there}).on_tcp() as port:
            fault = await meters(hub).probe(meter("grid", tcp(port)))
    assert fault is not None
    assert "is it a Carlo Gavazzi EM330, EM340" in fault


async def test_new_serial_settings_are_probed_on_the_port_that_is_in_use(tmp_path: Path) -> None:
    hub = Hub()
    peer = Peer({1: em340(), 2: em340()})
    async with cable(tmp_path) as (ours, theirs), peer.on_tty(theirs):
        grid = meter("grid", serial(ours))
        service = meters(hub, grid)
        async with running(service):
            await hub.until(lambda: bool(hub.samples))
            peer.units[1].silent = True
            faster = meter("grid", serial(ours, baud=57600))
            (error,) = await service.reconfigure([faster])
            assert "57600 8N1" in error
            assert "from the factory it has unit 1 and 9600 8N1" in error
            peer.units[1].silent = False
            seen = len(hub.samples)
            await hub.until(lambda: len(hub.samples) > seen)
            assert await service.reconfigure([faster]) == []
            seen = len(hub.samples)
            await hub.until(lambda: len(hub.samples) > seen)


async def test_a_meter_that_is_removed_is_no_longer_read_and_its_line_is_closed() -> None:
    hub = Hub()
    peer, other = Peer({1: em340()}), Peer({1: em340()})
    async with peer.on_tcp() as port, other.on_tcp() as second:
        grid, solar = meter("grid", tcp(port)), meter("solar", tcp(second))
        service = meters(hub, grid, solar)
        async with running(service):
            await hub.until(lambda: bool(hub.of("grid")) and bool(hub.of("solar")))
            assert await service.reconfigure([grid]) == []
            asked, seen = len(other.requests), len(hub.of("grid"))
            await hub.until(lambda: len(hub.of("grid")) > seen + 2)
            assert len(other.requests) == asked


def test_settings_that_contradict_each_other_are_named() -> None:
    port = {"serial": "/dev/ttyUSB0"}
    settings = [
        meter("a", port),
        meter("b", port),
        meter("c", {**port, "baud": 19200, "parity": "E"}, unit=2),
        meter("d", {**port, "baud": 9600}, unit=3, driver="eastron-sdm630"),
        meter("a", tcp(502)),
    ]
    assert contradictions(settings, DriverCatalogue()) == [
        "meter a stands here 2 times",
        "meters a and b are both unit 1 on /dev/ttyUSB0",
        "meters a and c cannot share a line: /dev/ttyUSB0 (9600 8N1) is not /dev/ttyUSB0 (19200 8E1)",
    ]


async def test_a_counter_may_fall_to_what_its_meter_had_saved_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Janitza saves its counters every five minutes; its power is cut for one."""
    monkeypatch.setattr("edgegw.meters.reads.COUNTERS_EVERY_S", 0.01)
    hub, umg = Hub(), Server()
    umg.hold_floats(3, 19000, 230.0, 231.0, 229.0)
    saved, counted, lower = 9_113_100, 9_113_600, 9_112_900
    async with Peer({1: umg}).on_tcp() as port:
        umg.hold_floats(3, 19068, saved)
        async with running(meters(hub, meter("grid", tcp(port), driver="janitza-umg96rm"))):
            for wh, quality in ((saved, "good"), (counted, "good"), (saved + 1, "good"), (lower, "suspect")):
                umg.hold_floats(3, 19068, wh)
                hub.ahead_s += 60
                await hub.until(lambda wh=wh: any(one.values.get("import_wh") == wh for one in hub.of("grid")))
                assert next(one for one in hub.of("grid") if one.values.get("import_wh") == wh).quality == quality
