"""Whatever a station sends over its link: every CALL with an id that can be read gets one answer, never InternalError,
and the link lives on, with what came before it in the ledger."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgegw.stations import v2, v16
from edgegw.stations.codec import Codec
from edgegw.stations.link import Link
from edgegw.stations.rpc import UNREADABLE_ID
from edgegw.stations.surroundings import Surroundings, Timing
from tests.stations.doubles import End, pair
from tests.stations.frames import Frames, Said
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub

RUNS = int(os.environ.get("EDGEGW_FUZZ_RUNS", "8"))
"""Of each version, in every run of the tests; a night may have more."""

FRAMES = 150
"""Of each run."""

CODECS = [v16.CODEC, v2.CODEC_201, v2.CODEC_21]


async def told(codec: Codec, said: list[Said], folder: Path) -> list[Any]:
    """What a link answers to `said`, the answer to a last Heartbeat left out."""
    clock = FakeClock()
    async with a_hub(folder, clock) as hub:
        ours, theirs = pair()
        link = Link(ours, "CP02", codec, Surroundings(hub, timing=Timing(settle_s=3600.0)))  # type: ignore[arg-type]
        run = asyncio.create_task(link.run())
        answers = [await theirs.ask([2, "boot", "BootNotification", boot(codec)])]
        assert answers.pop()[0] == 3
        for each in said:
            await theirs.send(each.data)
            clock.advance(0.1)
        await theirs.say([2, "last", "Heartbeat", {}])
        while (answer := await hear(theirs))[1] != "last":
            answers.append(answer)
        assert answer[0] == 3
        assert not run.done()
        await theirs.close(1000)
        await run
        await hub.flush()
    return answers


async def hear(end: End) -> list[Any]:
    async with asyncio.timeout(10):
        frame: list[Any] = orjson.loads(await end.recv())
        return frame


def boot(codec: Codec) -> dict[str, Any]:
    if codec.version == "1.6":
        return {"chargePointVendor": "v", "chargePointModel": "m"}
    return {"chargingStation": {"vendorName": "v", "model": "m"}, "reason": "PowerUp"}


@pytest.mark.parametrize("codec", CODECS, ids=[codec.version for codec in CODECS])
def test_every_call_gets_one_answer_and_none_is_an_internal_error(
    codec: Codec, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)

    @settings(max_examples=RUNS, deadline=timedelta(seconds=20), suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(0, 2**48))
    def run(seed: int) -> None:
        frames = Frames(codec.version, Random(seed))
        said = [frames.next() for _ in range(FRAMES)]
        with tempfile.TemporaryDirectory() as folder:
            answers = asyncio.run(told(codec, said, Path(folder)))
        by_id: dict[Any, list[Any]] = {}
        for answer in answers:
            by_id.setdefault(answer[1], []).append(answer)
        for each in said:
            if each.id is not None:
                assert len(by_id.get(each.id, ())) == 1, (each.data[:2000], by_id.get(each.id))
        sent = {each.id for each in said}
        for answer in answers:
            assert answer[0] == 3 or answer[2] != "InternalError", (answer, [s.data for s in said if s.id == answer[1]])
            assert answer[1] in sent or answer[1] == UNREADABLE_ID or _is_spliced(answer[1], said), answer
        assert not caplog.messages

    run()


def _is_spliced(id: Any, said: list[Said]) -> bool:
    """Whether it is the id of a frame whose bytes were tampered with, and which could be read all the same."""
    forms = {str(id).encode(), str(id).encode("latin-1", "replace")}  # what is no UTF-8 is read as Latin-1
    return any(each.id is None and form in each.data for each in said for form in forms)
