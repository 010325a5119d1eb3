"""Reports that come in parts."""

from __future__ import annotations

import asyncio

import pytest

from edgegw.stations.codec import Part
from edgegw.stations.commanding import within_a_fact
from edgegw.stations.errors import NoAnswer
from edgegw.stations.gathering import MOST_ENTRIES, Gathering


def part(*entries: int, last: bool = False, request: int = 7) -> Part:
    return Part("ReportDERControl", request, tuple({"n": each} for each in entries), last)


async def test_the_parts_of_a_report_are_one_in_their_order() -> None:
    gathering = Gathering()
    with gathering.expect("ReportDERControl", 7) as expected:
        assert gathering.take(part(1, 2))
        assert not gathering.take(part(9, request=8)), "another's"
        whole = asyncio.ensure_future(expected.whole(1.0))
        await asyncio.sleep(0)
        assert gathering.take(part(3, last=True))
        assert await whole == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert not gathering.take(part(4, last=True)), "nobody waits any more"


async def test_a_report_that_stops_ends_too_long_or_is_cut_off_is_no_answer() -> None:
    gathering = Gathering()
    with gathering.expect("ReportDERControl", 7) as expected:
        gathering.take(part(1))
        with pytest.raises(NoAnswer, match="in time"):
            await expected.whole(0.01)
        gathering.take(part(*range(MOST_ENTRIES + 1)))
        with pytest.raises(NoAnswer, match="more than"):
            await expected.whole(0.01)
        gathering.end()
        with pytest.raises(NoAnswer, match="connection ended"):
            await expected.whole(0.01)


def test_what_no_fact_has_room_for_is_counted() -> None:
    entries = [{"n": n, "text": "x" * 1000} for n in range(100)]
    told = within_a_fact("controls", entries)
    assert 10 < len(told["controls"]) == 100 - told["left_out"]
    assert within_a_fact("controls", entries[:3]) == {"controls": entries[:3]}
    assert within_a_fact("controls", []) == {"controls": []}
