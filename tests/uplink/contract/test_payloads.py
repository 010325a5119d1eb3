"""What is really sent fits the schema of its message, and the schema tells of all of it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.hub import Hub
from edgegw.journal.blocks import OpenBlock, close
from edgegw.journal.rows import dump
from edgegw.model import facts as f
from edgegw.model.commands import Command, Outcome
from edgegw.model.facts import FACTS, Fact
from edgegw.model.requests import AuthorizeRequest, BootRequest, TokenQuestion, TransactionAnswer
from edgegw.model.samples import QUANTITIES, Latest, MeterSample
from edgegw.model.site import Circuit, Supply
from edgegw.uplink.codec.asking import encode_request, question_body
from edgegw.uplink.codec.events import BlockRow as Block
from edgegw.uplink.codec.events import encode_block, encode_fact, encode_gap, items, pack
from edgegw.uplink.codec.messages import (
    Held,
    Nack,
    Place,
    Refusal,
    encode_absence,
    encode_answer,
    encode_nack,
    encode_presence,
    encode_refusal,
    encode_watermark,
)
from edgegw.uplink.contract.states import KINDS
from edgegw.uplink.desired import Refusal as Refused
from edgegw.uplink.live import configuration, documents, measured
from edgegw.uplink.status import StreamStatus, UplinkStatus, delivery
from tests.support.clock import FakeClock
from tests.support.contract import complaints, validator
from tests.support.hubs import a_hub, a_site, start, stop
from tests.uplink.codec.rows import NOON, BlockRow, FactRow

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values that a field with this type hint may hold."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, UnionType):
        return st.one_of([values_of(each) for each in args])
    if origin is tuple:
        return st.lists(values_of(args[0]), max_size=2).map(tuple)
    if origin is not None:  # a mapping of names to anything
        return st.dictionaries(st.text(max_size=5), JSON, max_size=3)
    plain = {
        str: st.text(max_size=8), int: st.integers(-(2**53), 2**53), float: st.floats(-1e6, 1e6), bool: st.booleans(),
        datetime: TIMES, NoneType: st.none(),
    }  # fmt: skip
    return plain[hint]


def a_fact(cls: type[Fact]) -> st.SearchStrategy[Fact]:
    hints = get_type_hints(cls)
    return st.builds(cls, **{field.name: values_of(hints[field.name]) for field in fields(cls)})


def event_of(fact: Fact) -> Any:
    body = orjson.loads(dump(fact))
    del body["at"]
    return orjson.loads(encode_fact("s", FactRow(type=fact.type, at=fact.at, body=body, boot="b")).json)


@pytest.mark.parametrize("name", FACTS)
@given(data=st.data())
def test_any_fact_that_can_be_written_fits_its_schema(name: str, data: st.DataObject) -> None:
    event = event_of(data.draw(a_fact(FACTS[name])))
    assert complaints("fact_event", event) == []
    event["data"] |= dict.fromkeys(FACTS[name].personal)
    assert complaints("fact_event", event) == [], "with its personal values erased"


async def test_every_event_of_a_charge_fits_the_schema_of_its_type(tmp_path: Path) -> None:
    async with a_hub(tmp_path, clock := FakeClock()) as hub:
        await charge(hub, clock)
        rows = list(await hub.journal.reader.facts())
    types = {row.type for row in rows}
    assert {"site_configured", "station_booted", "token_decided", "transaction_started", "cdr_closed"} <= types
    [batch] = pack("A", rows[0].epoch, [encode_fact("paulista-01", row) for row in rows], 1 << 20)
    assert complaints("facts_batch", items(batch.payload)) == []


async def charge(hub: Hub, clock: FakeClock, *, ends: bool = True) -> None:
    await hub.record(f.StationConnected(at=clock.now(), station="CP01", ocpp="1.6"))
    await hub.request(BootRequest(station="CP01", at=clock.now(), ocpp="1.6", vendor="v", model="m"))
    await hub.request(AuthorizeRequest(station="CP01", at=clock.now(), id_token="CARD1"))
    begun = await hub.request(start(clock))
    assert isinstance(begun, TransactionAnswer)
    clock.advance(3600)
    if ends:
        await hub.request(stop(clock, begun))
    await hub.submit(Command("c1", "set_limit", {"target": "site", "limit_a": 20}))
    await hub.record(
        f.StationStatusChanged(at=clock.now(), station="CP01", evse=1, connector=1, status="charging"),
        f.MeterStale(at=clock.now(), meter="grid", reason="no answer"),
    )


def test_a_fact_of_the_wrong_kind_does_not_fit() -> None:
    event = event_of(f.MeterStale(at=NOON, meter="grid", reason="no answer"))
    assert complaints("fact_event", event, exact=False) == []
    for wrong in (
        {**event, "type": "io.edgegw.meter_recovered.v2"},
        {**event, "data": {"meter": "grid"}},
        {**event, "sequence": "5"},
        {key: value for key, value in event.items() if key != "epoch"},
    ):
        assert not validator("fact_event").is_valid(wrong)
    event["data"]["new_in_a_later_version"] = 1
    assert validator("fact_event").is_valid(event)
    assert complaints("fact_event", event) != []


def test_blocks_of_samples_fit_with_every_quantity_a_hole_and_a_doubt() -> None:
    samples = [
        MeterSample("meters/grid", NOON, dict.fromkeys(QUANTITIES, 1.5)),
        MeterSample("meters/grid", NOON + timedelta(seconds=1), {"import_wh": 7}, "suspect"),
    ]
    [closed] = close(OpenBlock("meters/grid", 0.0, samples))
    row: Block = replace(BlockRow(), source=closed.source, body=closed.body.encode())
    event = orjson.loads(encode_block("s", row).json)
    assert complaints("samples_event", event) == []
    assert event["data"]["quality"] == ["good", "suspect"]
    event["data"]["t"][0] = "0"
    assert complaints("samples_event", event) != []


@pytest.mark.parametrize("samples", [None, 12])
def test_a_gap_fits_in_both_streams(samples: int | None) -> None:
    gap = orjson.loads(encode_gap("s", "A", "e", 3, 5, reason="dropped", at=NOON, samples=samples).json)
    for batch in ("facts_batch", "samples_batch"):
        assert complaints(batch, [gap]) == []
        del (broken := {**gap, "data": dict(gap["data"])})["data"]["from"]
        assert complaints(batch, [broken]) != []


def test_watermarks_and_nacks_fit() -> None:
    assert complaints("watermark", orjson.loads(encode_watermark(Place("e", 0)))) == []
    assert complaints("nack", orjson.loads(encode_nack(Nack("e", 3, 2**60)))) == []


def test_presence_fits() -> None:
    held = Held("e2", 12, 3, Place("e1", 7), 9)
    birth = orjson.loads(encode_presence(4, NOON, "1", {"A": held, "B": held}))
    assert complaints("birth", birth) == []
    assert complaints("absence", orjson.loads(encode_absence(4))) == []
    assert complaints("absence", birth, exact=False) != []
    del birth["streams"]["B"]
    assert complaints("birth", birth) != []


@pytest.mark.parametrize("evse", [None, 2])
def test_a_question_fits(evse: int | None) -> None:
    asked = TokenQuestion(id_token="CARD9", kind="ISO14443", station="CP01", evse=evse)
    assert complaints("authorize", orjson.loads(encode_request("q-1", NOON, question_body(asked)))) == []
    assert complaints("voice_token", orjson.loads(encode_request("q-1", NOON, {"model": "gemini-3.8-live"}))) == []


def test_answers_to_commands_fit() -> None:
    for outcome in (Outcome("c-1", "dispatched", NOON), Outcome("c-1", "done", NOON, "why", {"request": 7})):
        assert complaints("answer", orjson.loads(encode_answer(outcome))) == []
    assert complaints("answer", orjson.loads(encode_refusal(Refusal(None, "not_json"), NOON))) == []


async def test_every_retained_document_fits_before_and_after_something_is_known(tmp_path: Path) -> None:
    site = a_site(supply=Supply(limit_a=63.0, circuits=(Circuit("row-a", 32.0),)))
    sample = MeterSample("meters/grid", NOON, dict.fromkeys(QUANTITIES, 1.5))
    async with a_hub(tmp_path, clock := FakeClock(), site) as hub:
        before = documents(site, hub.state, hub.now()) | configuration(site, hub.state, {})
        await charge(hub, clock, ends=False)
        await hub.record(f.StationConnected(at=clock.now(), station="STRANGER", ocpp="2.1"))
        await hub.desire("tokens/3", {"rev": 1, "tokens": [{"id_token": "CARD7"}]})
        later = (clock.now() + timedelta(days=1)).isoformat()
        await hub.desire("tariffs", {"rev": 2, "tariffs": {"day": {"energy_kwh": "1"}}, "effective_from": later})
        await hub.desire(
            "limits", {"rev": 2, "limits": {"circuit:row-a": {"limit_a": 6}, "station:CP01": {"limit_w": 1}}}
        )
        refused = {"limits": Refused(1, "rev 1 is below 2, which is applied", NOON), "x": Refused(None, "no", NOON)}
        after = documents(site, hub.state, hub.now()) | configuration(site, hub.state, refused)
        readings = measured(site, after, lambda source: Latest(replace(sample, source=source), 0.1))
    assert after["station", "CP01"]["transactions"]
    assert after["station", "STRANGER"]["name"] is None
    status = UplinkStatus(
        connected=True,
        broker="mqtt://broker:1883",
        trouble="nobody is subscribed",
        streams={"A": StreamStatus("e1", 12, 10, 2, 3.6, 1), "B": StreamStatus("e1", 0, 0, 0, None)},
    )
    after["uplink", site.id] = {"id": site.id, **delivery(status)}
    assert {kind for kind, _ in after} == set(KINDS)
    assert ("meter", "grid") in readings
    assert ("station", "CP01") in readings
    for made in (before, after):
        for key, document in made.items():
            sent = orjson.loads(dump({**document, "measured": readings.get(key, {})}))
            assert complaints(f"state_{key[0]}", sent) == [], key
