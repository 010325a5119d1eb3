"""A link over a websocket in memory: order, independence of the directions, deadlines and ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from edgegw.journal.errors import JournalError
from edgegw.model.site import Site
from edgegw.stations import calls
from edgegw.stations.acquaintance import Acquaintance
from edgegw.stations.answers import MAX_UNANSWERED
from edgegw.stations.directions import SAID_BY_STATIONS
from edgegw.stations.errors import InvalidAnswer, InvalidCall, NoAnswer, StationBusy, StationError, StationOffline
from edgegw.stations.interpreter import Interpreter
from edgegw.stations.link import Link
from edgegw.stations.refusals import LINES_EVERY_S, MAX_LINES
from edgegw.stations.surroundings import Nobody, Surroundings, Timing, Witness
from edgegw.stations.taps import Taps
from edgegw.stations.v2 import incoming as of_2
from edgegw.stations.v16 import incoming as of_16
from tests.stations.doubles import End, MemoryHub, PlainCodec, pair, site

BOOT = [2, "boot", "BootNotification", {"chargePointVendor": "v", "chargePointModel": "m"}]
METER_VALUES = {
    "connectorId": 1,
    "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1"}]}],
}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


@dataclass
class Bench:
    link: Link
    station: End
    hub: MemoryHub
    run: asyncio.Task[str]

    async def boot(self) -> None:
        answer = await self.station.ask(BOOT)
        assert answer[:2] == [3, "boot"]
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def connected(
    *,
    at: Site | None = None,
    version: Any = "1.6",
    timing: Timing | None = None,
    taps: Taps | None = None,
    witness: Witness | None = None,
) -> AsyncIterator[Bench]:
    ours, theirs = pair()
    hub = MemoryHub(at or site("CP01"))
    around = Surroundings(hub, timing=timing or Timing(call_timeout_s=1.0), taps=taps)  # type: ignore[arg-type]
    link = Link(ours, "CP01", PlainCodec(version), around, witness or Nobody())
    run = asyncio.create_task(link.run())
    try:
        yield Bench(link, theirs, hub, run)
    finally:
        hub.gate.set()
        await theirs.close(1000)
        await run


async def test_a_heartbeat_is_answered_with_its_own_id() -> None:
    async with connected() as bench:
        answer = await bench.station.ask([2, "h1", "Heartbeat", {}])
        assert answer == [3, "h1", {"currentTime": "2026-01-02T03:04:05Z"}]


async def test_calls_are_answered_in_their_order_even_when_the_first_waits_for_a_commit() -> None:
    async with connected() as bench:
        bench.hub.gate.clear()
        await bench.station.say([2, "1", "StatusNotification", STATUS])
        await bench.station.say([2, "2", "Heartbeat", {}])
        await bench.station.say([2, "3", "MeterValues", METER_VALUES])
        await asyncio.sleep(0.02)
        assert bench.station.inbox.empty()
        bench.hub.gate.set()
        assert [(await bench.station.hear())[1] for _ in range(3)] == ["1", "2", "3"]
        assert len(bench.hub.facts) == len(bench.hub.samples) == 1


async def test_a_slow_commit_does_not_hold_back_the_answer_to_our_call() -> None:
    async with connected() as bench:
        await bench.boot()
        bench.hub.gate.clear()
        await bench.station.say([2, "1", "StatusNotification", STATUS])
        ours = asyncio.create_task(bench.link.call("ClearCache", {}))
        call = await bench.station.hear()
        assert call[0] == 2
        assert call[2] == "ClearCache"
        await bench.station.say([3, call[1], {"status": "Accepted"}])
        assert await ours == {"status": "Accepted"}
        assert not bench.hub.facts


async def test_our_call_does_not_hold_back_the_stations() -> None:
    async with connected() as bench:
        await bench.boot()
        ours = asyncio.create_task(bench.link.call("ClearCache", {}))
        call = await bench.station.hear()
        assert (await bench.station.ask([2, "1", "StatusNotification", STATUS]))[:2] == [3, "1"]
        await bench.station.say([3, call[1], {"status": "Rejected"}])
        assert await ours == {"status": "Rejected"}


async def test_one_call_is_in_flight_and_the_next_follows_its_answer() -> None:
    async with connected() as bench:
        await bench.boot()
        both = [asyncio.create_task(bench.link.call("ClearCache", {})) for _ in range(2)]
        first = await bench.station.hear()
        await asyncio.sleep(0.02)
        assert bench.station.inbox.empty()
        await bench.station.say([3, first[1], {"status": "Accepted"}])
        second = await bench.station.hear()
        assert second[1] != first[1]
        await bench.station.say([3, second[1], {"status": "Rejected"}])
        assert [(await task)["status"] for task in both] == ["Accepted", "Rejected"]


async def test_nothing_is_sent_before_the_boot_is_answered() -> None:
    async with connected() as bench:
        ours = asyncio.create_task(bench.link.call("ClearCache", {}))
        await asyncio.sleep(0.02)
        assert bench.station.inbox.empty()
        bench.hub.gate.clear()
        await bench.station.say(BOOT)
        await asyncio.sleep(0.02)
        assert bench.station.inbox.empty()
        bench.hub.gate.set()
        assert (await bench.station.hear())[:2] == [3, "boot"]
        call = await bench.station.hear()
        await bench.station.say([3, call[1], {"status": "Accepted"}])
        await ours


async def test_a_known_station_counts_as_booted_after_it_settled() -> None:
    ready: list[Link] = []

    class Ready(Nobody):
        def ready(self, link: Link) -> None:
            ready.append(link)

    async with connected(timing=Timing(settle_s=0.03), witness=Ready()) as bench:
        assert not bench.link.ready
        ours = asyncio.create_task(bench.link.call("ClearCache", {}))
        call = await bench.station.hear()
        assert bench.link.ready
        assert ready == [bench.link]
        await bench.station.say([3, call[1], {"status": "Accepted"}])
        await ours


async def test_a_station_that_does_not_boot_is_not_called() -> None:
    async with connected(timing=Timing(settle_s=9)) as bench:
        with pytest.raises(StationOffline, match="has not booted"):
            await bench.link.call("ClearCache", {}, 0.03)
        assert bench.station.inbox.empty()


async def test_a_mute_station_costs_each_caller_its_own_deadline_and_no_more() -> None:
    async with connected() as bench:
        await bench.boot()
        begun = asyncio.get_running_loop().time()
        results = await asyncio.gather(
            *(bench.link.call("ClearCache", {}, 0.1) for _ in range(4)), return_exceptions=True
        )
        assert asyncio.get_running_loop().time() - begun < 0.3
        assert [type(result) for result in results] == [NoAnswer, StationBusy, StationBusy, StationBusy]
        assert (await bench.station.hear())[2] == "ClearCache"
        assert bench.station.inbox.empty()


async def test_too_many_callers_are_turned_away_at_once() -> None:
    async with connected() as bench:
        waiting = [asyncio.create_task(bench.link.call("ClearCache", {}, 0.1)) for _ in range(calls.MAX_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(StationBusy):
            await bench.link.call("ClearCache", {}, 0.1)
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_late_answer_is_dropped_and_the_next_call_gets_its_own() -> None:
    async with connected() as bench:
        await bench.boot()
        with pytest.raises(NoAnswer):
            await bench.link.call("ClearCache", {}, 0.02)
        late = await bench.station.hear()
        await bench.station.say([3, late[1], {"status": "Rejected"}])
        await bench.station.say([3, "never-asked", {"status": "Rejected"}])
        ours = asyncio.create_task(bench.link.call("ClearCache", {}))
        call = await bench.station.hear()
        await bench.station.say([3, call[1], {"status": "Accepted"}])
        assert await ours == {"status": "Accepted"}


async def test_ten_thousand_unsolicited_answers_leave_nothing_behind() -> None:
    async with connected() as bench:
        for number in range(10_000):
            await bench.station.say(b'[3,"%d",{}]' % number)
        assert (await bench.station.ask([2, "h", "Heartbeat", {}]))[1] == "h"


async def test_the_end_of_the_connection_wakes_every_caller() -> None:
    async with connected() as bench:
        await bench.boot()
        tasks = [asyncio.create_task(bench.link.call("ClearCache", {}, 30)) for _ in range(3)]
        await bench.station.hear()
        begun = asyncio.get_running_loop().time()
        await bench.station.close(1001)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [NoAnswer, StationOffline, StationOffline]
        assert asyncio.get_running_loop().time() - begun < 1
        assert await bench.run == "closed by the station: 1001"
        with pytest.raises(StationOffline):
            await bench.link.call("ClearCache", {})


async def test_what_came_before_the_end_is_still_written_down() -> None:
    async with connected() as bench:
        bench.hub.gate.clear()
        for number in range(3):
            await bench.station.say([2, str(number), "StatusNotification", STATUS])
        await bench.station.close(1001)
        await asyncio.sleep(0.02)
        assert not bench.run.done()
        bench.hub.gate.set()
        await bench.run
        assert len(bench.hub.facts) == 3


async def test_a_callerror_reaches_the_caller_with_its_code() -> None:
    async with connected() as bench:
        await bench.boot()
        ours = asyncio.create_task(bench.link.call("ClearCache", {}))
        call = await bench.station.hear()
        await bench.station.say([4, call[1], "NotSupported", "no cache", {}])
        with pytest.raises(StationError) as caught:
            await ours
        assert (caught.value.code, caught.value.description) == ("NotSupported", "no cache")


async def test_an_invalid_answer_is_told_as_what_it_is_and_2_1_is_told_as_well() -> None:
    async with connected(version="2.1", timing=Timing(settle_s=0.0)) as bench:
        ours = asyncio.create_task(bench.link.call("ClearCache", {}))
        call = await bench.station.hear()
        await bench.station.say([3, call[1], {"status": "Perhaps"}])
        with pytest.raises(InvalidAnswer, match=r"to ClearCache breaks OCPP 2.1 at status: is none of the words") as no:
            await ours
        assert (no.value.code, no.value.answer) == ("PropertyConstraintViolation", {"status": "Perhaps"})
        assert (await bench.station.hear())[:3] == [5, call[1], "PropertyConstraintViolation"]


async def test_what_is_no_call_of_the_version_is_never_sent() -> None:
    async with connected() as bench:
        with pytest.raises(InvalidCall, match="no action"):
            await bench.link.call("GetVariables", {})
        with pytest.raises(InvalidCall, match="type is missing"):
            await bench.link.call("Reset", {})


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_what_only_stations_say_is_never_sent_to_one(version: Any) -> None:
    async with connected(version=version) as bench:
        with pytest.raises(InvalidCall, match="BootNotification is what a station says"):
            await bench.link.call("BootNotification", {})


def test_what_only_stations_say_is_what_is_heard_of_them() -> None:
    assert {*of_16.ACTIONS, *of_2.ACTIONS_21} == SAID_BY_STATIONS | {"DataTransfer"}


async def test_a_secret_that_was_said_is_hidden_in_an_error_that_comes_later_also_over_another_connection() -> None:
    hub = MemoryHub(site("CP01"))
    around = Surroundings(hub, timing=Timing(call_timeout_s=1.0))  # type: ignore[arg-type]
    said: list[StationError] = []
    for action, payload, answer in (
        ("ChangeConfiguration", {"key": "AuthorizationKey", "value": "hush-hush"}, [3, {"status": "Accepted"}]),
        ("ClearCache", {}, [4, "hush-hush", "it was hush-hush, wasn't it?", {}]),
    ):
        ours, theirs = pair()
        link = Link(ours, "CP01", PlainCodec("1.6"), around, Nobody())
        run = asyncio.create_task(link.run())
        await theirs.ask(BOOT)
        await asyncio.sleep(0)
        call = asyncio.create_task(link.call(action, payload))
        id = (await theirs.hear())[1]
        await theirs.say([answer[0], id, *answer[1:]])
        try:
            await call
        except StationError as error:
            said.append(error)
        await theirs.close(1000)
        await run
    assert [(error.code, error.description) for error in said] == [("…", "it was …, wasn't it?")]


async def test_a_station_that_answers_no_call_is_hung_up_on() -> None:
    async with connected() as bench:
        await bench.boot()
        for _ in range(calls.MUTE_AFTER):
            with pytest.raises(NoAnswer):
                await bench.link.call("ClearCache", {}, 0.01)
        assert "1011" in await bench.run


async def test_one_answer_clears_what_was_counted_against_a_station() -> None:
    async with connected() as bench:
        await bench.boot()
        for round_ in range(2):
            for _ in range(calls.MUTE_AFTER - 1):
                with pytest.raises(NoAnswer):
                    await bench.link.call("ClearCache", {}, 0.01)
                await bench.station.hear()
            if round_ == 0:
                ours = asyncio.create_task(bench.link.call("ClearCache", {}))
                await bench.station.say([3, (await bench.station.hear())[1], {"status": "Accepted"}])
                await ours
        assert not bench.link.closed


async def test_a_station_that_does_not_wait_for_answers_is_no_longer_read() -> None:
    async with connected() as bench:
        bench.hub.gate.clear()
        for number in range(3 * MAX_UNANSWERED):
            await bench.station.say([2, str(number), "StatusNotification", STATUS])
        await asyncio.sleep(0.02)
        assert not bench.link.has_room
        assert bench.station.other.inbox.qsize() == 2 * MAX_UNANSWERED
        bench.hub.gate.set()
        answered = [(await bench.station.hear())[1] for _ in range(3 * MAX_UNANSWERED)]
        assert answered == [str(number) for number in range(3 * MAX_UNANSWERED)]
        await asyncio.sleep(0.01)
        assert bench.link.has_room


async def test_a_2_1_send_is_taken_and_not_answered() -> None:
    async with connected(version="2.1") as bench:
        stream = {"id": 1, "pending": 0, "basetime": "2026-01-01T00:00:00Z", "data": [{"t": 0, "v": "1"}]}
        await bench.station.say([6, "s", "NotifyPeriodicEventStream", stream])
        await bench.station.say([6, "s", "NotifyPeriodicEventStream", {}])
        assert (await bench.station.ask([2, "h", "Heartbeat", {}]))[1] == "h"
        assert [sample.values["power_w"] for sample in bench.hub.samples] == [2.0]


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_every_bad_call_gets_one_error_and_the_next_frame_is_served(version: Any) -> None:
    expected = {
        "MadeUp": "NotImplemented",
        "Reset": "NotSupported",
        "DataTransfer": "OccurenceConstraintViolation" if version == "1.6" else "OccurrenceConstraintViolation",
    }
    async with connected(version=version) as bench:
        for action, code in expected.items():
            payload = {"type": "Soft" if version == "1.6" else "OnIdle"} if action == "Reset" else {}
            answer = await bench.station.ask([2, "x", action, payload])
            assert answer[:3] == [4, "x", code]
            assert (await bench.station.ask([2, "h", "Heartbeat", {}]))[:2] == [3, "h"]


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("FirmwareStatusNotification", {"status": "Idle"}, "PropertyConstraintViolation"),
        ("DiagnosticsStatusNotification", {"status": "Idle"}, "InternalError"),
        ("SecurityEventNotification", {"type": "t", "timestamp": "2026-01-01T00:00:00Z"}, "InternalError"),
    ],
)
async def test_a_codec_that_refuses_fails_or_answers_nonsense_costs_one_call(
    action: str, payload: dict[str, Any], code: str
) -> None:
    async with connected() as bench:
        assert (await bench.station.ask([2, "x", action, payload]))[:3] == [4, "x", code]
        assert (await bench.station.ask([2, "h", "Heartbeat", {}]))[:2] == [3, "h"]


@pytest.mark.parametrize("broken", ["understand", "booted"])
async def test_an_error_that_nobody_foresaw_costs_one_call_and_not_those_behind_it(
    broken: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected() as bench:

        def fails(*args: Any, **options: Any) -> Any:
            monkeypatch.undo()
            raise RuntimeError("a slip")

        bench.hub.gate.clear()
        await bench.station.say([2, "1", "StatusNotification", STATUS])
        await asyncio.sleep(0.02)  # the worker has it, and what comes now waits for the worker
        if broken == "understand":
            monkeypatch.setattr(Interpreter, "understand", fails)
        else:
            monkeypatch.setattr(Acquaintance, "booted", fails)
        await bench.station.say(BOOT)
        await bench.station.say([2, "3", "StatusNotification", STATUS])
        bench.hub.gate.set()
        answers = [await bench.station.hear() for _ in range(3)]
        refused = [4, "boot", "InternalError"] if broken == "understand" else [3, "boot"]
        assert [answer[: len(one)] for answer, one in zip(answers, ([3, "1"], refused, [3, "3"]), strict=True)] == [
            [3, "1"], refused, [3, "3"],
        ]  # fmt: skip
        assert "a slip" in caplog.text
        assert "CP01: BootNotification" in caplog.text


async def test_what_could_not_be_stored_is_not_acknowledged() -> None:
    async with connected() as bench:
        bench.hub.broken = JournalError("disk full")
        answer = await bench.station.ask([2, "x", "StatusNotification", STATUS])
        assert answer == [4, "x", "InternalError", "not stored, try again", {}]
        bench.hub.broken = None
        assert (await bench.station.ask([2, "x", "StatusNotification", STATUS]))[:2] == [3, "x"]


async def test_an_unknown_station_may_boot_and_nothing_else_until_it_is_accepted() -> None:
    async with connected(at=site()) as bench:
        bench.hub.boot = "pending"
        assert (await bench.station.ask([2, "m", "MeterValues", METER_VALUES]))[:3] == [4, "m", "SecurityError"]
        assert (await bench.station.ask(BOOT))[2]["status"] == "Pending"
        assert (await bench.station.ask([2, "m", "MeterValues", METER_VALUES]))[:3] == [4, "m", "SecurityError"]
        assert not bench.hub.samples
        bench.hub.boot = "accepted"
        assert (await bench.station.ask(BOOT))[2]["status"] == "Accepted"
        assert (await bench.station.ask([2, "m", "MeterValues", METER_VALUES]))[:2] == [3, "m"]


async def test_an_unknown_station_is_served_where_the_site_accepts_all() -> None:
    async with connected(at=site(unknown="accept")) as bench:
        assert (await bench.station.ask([2, "m", "MeterValues", METER_VALUES]))[:2] == [3, "m"]


async def test_a_rejected_station_is_not_called() -> None:
    async with connected(timing=Timing(settle_s=9)) as bench:
        bench.hub.boot = "rejected"
        await bench.boot()
        with pytest.raises(StationOffline):
            await bench.link.call("ClearCache", {}, 0.02)


async def test_a_silent_station_is_hung_up_on() -> None:
    async with connected(timing=Timing(ping_every_s=0.01)) as bench:
        bench.station.pongs = False
        bench.hub.later_s = 901
        assert "1001" in await bench.run


async def test_a_flood_of_bad_frames_does_not_flood_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with connected() as bench:
        for _ in range(3 * MAX_LINES):
            assert bench.link.receive(b"no frame") is not None
        assert len(caplog.records) == MAX_LINES + 1
        bench.hub.later_s = LINES_EVERY_S
        bench.link.receive(b"no frame")
        assert len(caplog.records) == MAX_LINES + 2


async def test_no_frame_leaves_a_line_with_an_id_token_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with connected() as bench:
        await bench.station.ask([2, "x", "Authorize", {"idTag": "SECRET-TAG-THAT-IS-TOO-LONG"}])
        await bench.station.say(b'[2,"x","Authorize",{"idTag":"SECRET-TAG"')
        await bench.station.hear()
    assert len(caplog.records) == 2
    assert "SECRET" not in caplog.text
