"""Taps: what a listener sees of a conversation, and that it can do nothing to it."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from edgegw.stations.taps import RawFrame, Taps
from tests.stations.doubles import NOW
from tests.stations.test_link import BOOT, connected
from tests.stations.test_server import HEARTBEAT, ask, served


async def test_a_listener_sees_every_frame_of_both_sides_in_their_order() -> None:
    taps = Taps(lambda: NOW)
    seen: list[RawFrame] = []
    taps.listen(seen.append)
    async with connected(taps=taps) as bench:
        await bench.boot()
        await bench.station.ask(HEARTBEAT)
        ours = asyncio.create_task(bench.link.call("ClearCache", {}))
        call = await bench.station.hear()
        await bench.station.say([3, call[1], {"status": "Accepted"}])
        await ours
        await bench.station.say(b"no json")
        await asyncio.sleep(0)
    shown = [(frame.direction, frame.data[:4]) for frame in seen]
    assert shown == [
        ("in", b'[2,"'), ("out", b'[3,"'), ("in", b'[2,"'), ("out", b'[3,"'), ("out", b'[2,"'), ("in", b'[3,"'),
        ("in", b"no j"), ("out", b'[4,"'),
    ]  # fmt: skip
    assert orjson.loads(seen[0].data) == BOOT
    assert {(frame.station, frame.at) for frame in seen} == {("CP01", NOW)}


async def test_a_listener_that_fails_is_told_once_and_the_conversation_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    taps = Taps(lambda: NOW)
    seen: list[RawFrame] = []

    def fail(frame: RawFrame) -> None:
        raise RuntimeError("full")

    taps.listen(fail)
    taps.listen(seen.append)
    async with connected(taps=taps) as bench:
        await bench.boot()
        assert (await bench.station.ask(HEARTBEAT))[0] == 3
    assert len(seen) == 4
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_who_listens_to_one_station_hears_no_other_and_nothing_after_the_end() -> None:
    taps = Taps(lambda: NOW)
    seen: list[RawFrame] = []
    end = taps.listen(seen.append, "CP01")
    taps.tell("CP02", "in", b"a")
    taps.tell("CP01", "in", "b")
    end()
    end()
    taps.tell("CP01", "in", b"c")
    assert [(frame.station, frame.data) for frame in seen] == [("CP01", b"b")]
    assert not taps.listeners


async def test_a_tap_of_the_server_outlives_a_connection() -> None:
    async with served() as served_:
        seen: list[RawFrame] = []
        served_.server.around.taps.listen(seen.append, "CP01")
        for _ in range(2):
            async with served_.station() as station:
                await ask(station, HEARTBEAT)
        assert [frame.direction for frame in seen] == ["in", "out"] * 2
