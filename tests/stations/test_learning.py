"""What a station is seen to do: when the evidence suffices, what comes of it, and when it is forgotten."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.commands import Setpoint
from edgegw.model.facts import (
    StationClockOff,
    StationQuirkForgotten,
    StationQuirkLearned,
    StationStatusChanged,
    TransactionStarted,
)
from edgegw.model.samples import MeterSample
from edgegw.model.state import LearnedQuirk, StationQuirks
from edgegw.simulate.faults import Make
from edgegw.stations.codec import Outgoing
from edgegw.stations.learning import RegisterWatch, guesses
from edgegw.stations.link import Link
from edgegw.stations.liveness import Signs
from edgegw.stations.peculiar import Peculiar
from edgegw.stations.quirkfiles import Families
from edgegw.stations.quirks import PLAIN, put_together
from edgegw.stations.surroundings import Nobody, Surroundings, Timing
from tests.simulate.served import Served, served
from tests.stations.doubles import NOW, MemoryHub, PlainCodec, pair, site

PLACE = "stations/CP01/1"


def charge(power_w: float, count_wh: float, minutes: int = 60, told_w: float | None = None) -> Iterator[MeterSample]:
    """A reading a minute of a register that counts in steps of `count_wh` and says 1 for each."""
    for minute in range(minutes):
        flowed_wh = power_w * minute / 60
        values = {"import_wh": 361 + int(flowed_wh / count_wh), "power_w": power_w if told_w is None else told_w}
        yield MeterSample(PLACE, NOW + timedelta(minutes=minute), values)


def evidence(samples: Iterator[MeterSample]) -> str | None:
    watch = RegisterWatch(22_000)
    return next((found for sample in samples if (found := watch.look(sample)) is not None), None)


def test_a_register_that_counts_kwh_is_found_out_by_its_own_power() -> None:
    assert evidence(charge(9451, 1000)) == "its register rose by 3 Wh while 3150 Wh flowed by its own power"


@pytest.mark.parametrize(
    "samples",
    [
        charge(9451, 1),  # a register in Wh
        charge(9451, 100),  # one in steps of 100 Wh that counts them: odd, and another matter
        charge(1000, 1000, minutes=120),  # too little has flowed
        charge(9451, 1000, told_w=9_451_000),  # more than the EVSE can give: it is the power that is wrong
        charge(0, 1000),
    ],
)
def test_what_proves_nothing_is_not_learned(samples: Iterator[MeterSample]) -> None:
    assert evidence(samples) is None


def test_pings_without_pongs_are_learned_of_a_station_that_goes_on_sending() -> None:
    found: list[tuple[str, str]] = []
    hub: Any = MemoryHub(site("CP01"))

    class Told(Nobody):
        def learned(self, station: str, quirk: str, evidence: str) -> None:
            found.append((quirk, evidence))

    peculiar = Peculiar(hub, "CP01", hub.site.stations["CP01"], Families(()), lambda evse: None, Told())
    for minute in range(1, 4):
        peculiar.missed(Signs(heard_at=minute * 60.0 + 5, pinged_at=minute * 60.0))
        assert bool(found) == (minute == 3)
    peculiar.missed(Signs(heard_at=245.0, pinged_at=240.0))
    assert found == [("no_pong", "3 pings without a pong, while it went on sending")]
    assert not put_together((), ["no_pong"]).pings


def test_a_refusal_is_guessed_at_by_what_stood_in_the_profile() -> None:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 0, "numberPhases": 3}]}
    profile = {"chargingProfileKind": "Absolute", "chargingSchedule": schedule}
    call = Outgoing("SetChargingProfile", {"csChargingProfiles": profile}, lambda answer: pytest.fail("not sent"))
    assert list(guesses(call, PLAIN)) == ["no_zero_limit", "no_absolute", "no_ampere"]
    assert list(guesses(call, put_together((), ["no_ampere", "no_zero_limit"]))) == ["no_absolute"]


async def hold(house: Served, limit_a: float) -> bool:
    result = await house.server.orders.apply_setpoint(Setpoint("CP01", 1, limit_a, life_s=120))
    return result.accepted


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize(
    ("fault", "limit_a", "quirk"),
    [
        ("zero_limit_refused", 0.0, "no_zero_limit"),
        ("absolute_refused", 10.0, "no_absolute"),
        ("ampere_refused", 10.0, "no_ampere"),
    ],
)
async def test_what_a_station_refuses_is_learned_reckoned_with_and_forgotten_with_its_firmware(
    version: Any, fault: str, limit_a: float, quirk: str, tmp_path: Path
) -> None:
    async with served(tmp_path) as house:
        async with house.station(version, faults=[fault]) as station:
            await station.until(lambda: station.booted)
            assert await hold(house, limit_a)
            assert station.places[1].offered_a <= limit_a
            await house.until(lambda: "CP01" in house.hub.state.quirks)
            (learned,) = house.facts(StationQuirkLearned)
            assert (learned.quirk, learned.firmware) == (quirk, "1.0")
            assert "refused" in learned.evidence
            asked = len(station.heard("SetChargingProfile"))
            assert await hold(house, limit_a)
            assert len(station.heard("SetChargingProfile")) == asked + 1
            known = house.server.peculiarities.of("CP01")["quirks"]
            assert [each["quirk"] for each in known["learned"]] == [quirk]
        async with house.station(version, make=Make(firmware="2.0")) as station:
            await station.until(lambda: station.booted)
            await house.until(lambda: "CP01" not in house.hub.state.quirks)


async def test_a_station_that_refuses_everything_is_not_asked_for_ever(tmp_path: Path) -> None:
    async with served(tmp_path) as house, house.station(faults=["level_zero_only"]) as station:
        await station.until(lambda: station.booted)
        for _ in range(4):
            assert not await hold(house, 10.0)
        assert len(station.heard("SetChargingProfile")) == 4 + 2
        assert house.hub.state.quirks == {}


async def test_what_was_learned_can_be_taken_back_by_hand(tmp_path: Path) -> None:
    async with served(tmp_path) as house, house.station(faults=["zero_limit_refused"]) as station:
        await station.until(lambda: station.booted)
        assert await hold(house, 0.0)
        await house.until(lambda: "CP01" in house.hub.state.quirks)
        assert not await house.server.peculiarities.forget("CP01", "no_pong", "cli")
        assert await house.server.peculiarities.forget("CP01", "no_zero_limit", "cli")
        assert house.hub.state.quirks == {}
        assert house.facts(StationQuirkForgotten)[0].by == "cli"
        assert await hold(house, 0.0)  # it is what the station does, so it is learned again
        await house.until(lambda: "CP01" in house.hub.state.quirks)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_charge_by_a_clock_that_was_never_set_is_dated_as_it_happened_and_keeps_what_was_told(
    version: Any, tmp_path: Path
) -> None:
    from edgegw.simulate import Car

    async with served(tmp_path) as house, house.station(version, faults=["clock_unset"]) as station:
        await station.until(lambda: station.booted)
        station.plug(Car())
        await asyncio.sleep(0.2)
        assert await station.present("CARD1")
        await station.until(lambda: station.places[1].power_w > 0 and not station.waiting)
        started = house.facts(TransactionStarted)[-1]
        assert abs((started.at - house.hub.now()).total_seconds()) < 20
        assert started.told_at.year == 1970
        assert started.station_clock in ("corrected", "doubtful")
        await house.until(lambda: house.facts(StationClockOff))
        assert house.facts(StationClockOff)[0].fault == "unset"
        assert house.hub.state.stations["CP01"].clock_fault == "unset"
        status = house.facts(StationStatusChanged)[-1]
        assert status.told_at.year == 1970
        station.stop(1, "Local")
        await station.until(lambda: not station.waiting)
        assert all(each.state == "ended" for each in house.transactions)
        assert len(house.transactions) == 1


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_start_that_is_told_again_by_a_clock_that_is_off_is_the_same_start(
    version: Any, tmp_path: Path
) -> None:
    async with served(tmp_path) as house, house.station(version, faults=["clock_unset"]) as station:
        await station.until(lambda: station.booted)
        if version == "1.6":
            payload: dict[str, Any] = {
                "connectorId": 1, "idTag": "CARD1", "meterStart": 10, "timestamp": "1970-01-01T00:10:00Z",
            }  # fmt: skip
            action = "StartTransaction"
        else:
            action, payload = "TransactionEvent", {
                "eventType": "Started", "timestamp": "1970-01-01T00:10:00Z", "triggerReason": "Authorized", "seqNo": 0,
                "transactionInfo": {"transactionId": "t1"}, "evse": {"id": 1, "connectorId": 1},
                "idToken": {"idToken": "CARD1", "type": "Central"},
            }  # fmt: skip
        first = await station.connection.call(action, payload)
        await asyncio.sleep(0.05)
        assert await station.connection.call(action, payload) == first
        assert len(house.facts(TransactionStarted)) == 1


async def test_kwh_are_learned_on_the_way_and_count_from_the_next_transaction_on(tmp_path: Path) -> None:
    async with served(tmp_path) as house, house.station() as station:
        await station.until(lambda: station.booted)
        begun_at = house.hub.now() - timedelta(hours=1)
        start = {"connectorId": 1, "idTag": "CARD1", "meterStart": 361_000, "timestamp": begun_at.isoformat()}
        number = (await station.connection.call("StartTransaction", start))["transactionId"]

        async def meter(count: int, minute: int) -> float:
            values = [{"value": str(count), "unit": "Wh"}, {"value": "9451", "measurand": "Power.Active.Import"}]
            at = (begun_at + timedelta(minutes=minute)).isoformat()
            await station.connection.call(
                "MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": values}]}
            )
            await house.hub.flush()
            return (await house.hub.journal.reader.samples(PLACE))[-1].values["import_wh"]

        for minute in range(30):
            assert await meter(361 + int(9.451 * minute / 60), minute) < 1000
        await house.until(lambda: "CP01" in house.hub.state.quirks)
        assert house.facts(StationQuirkLearned)[0].quirk == "kwh_as_wh"
        assert await meter(365, 31) == 365
        stop = {"transactionId": number, "meterStop": 366_000, "timestamp": house.hub.now().isoformat()}
        await station.connection.call("StopTransaction", stop)
        assert await meter(366, 40) == 366_000
        assert house.transactions[0].energy_wh == 5000


async def test_a_station_that_is_known_for_no_pongs_is_not_pinged_and_lives_by_what_it_says() -> None:
    hub: Any = MemoryHub(site("CP01"))
    hub.state.quirks["CP01"] = StationQuirks("CP01", (LearnedQuirk("no_pong", NOW, "seen"),))
    ours, theirs = pair()
    pings = 0

    async def ping() -> asyncio.Future[float]:
        nonlocal pings
        pings += 1
        return asyncio.get_running_loop().create_future()

    ours.ping = ping  # type: ignore[method-assign]
    link = Link(ours, "CP01", PlainCodec(), Surroundings(hub, timing=Timing(ping_every_s=0.01)))
    run = asyncio.create_task(link.run())
    await asyncio.sleep(0.1)
    assert await link.is_alive(0.01)
    assert pings == 0
    await theirs.close(1000)
    await run
