"""What a station takes in one message, and commands that need several."""

from __future__ import annotations

from typing import Any

import pytest

from edgegw.hub import Ending
from edgegw.model.commands import Command
from edgegw.stations.batches import in_batches, number, variables_set
from edgegw.stations.codec import Codec, Outgoing
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v16 import CODEC
from tests.stations.peers import assert_call, peer

KEYS = [{"variable": name} for name in "ABCDE"]
PLACES = [{"component": "C", "variable": name} for name in "ABCDE"]


def calls(codec: Codec, name: str, variables: Any, limits: Any) -> list[Outgoing]:
    command = Command("c-1", name, {"station": "CP01", "variables": variables})
    first = codec.command(command, peer(variables=limits), 77)
    for each in (first, *first.then):
        assert_call(codec, each)
    return [first, *first.then]


def test_parts_hold_no_more_than_was_asked_for_and_keep_the_order() -> None:
    assert in_batches([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]
    assert in_batches([1, 2], None) == [[1, 2]]
    assert in_batches([], 2) == [[]]


def test_a_part_fits_into_the_bytes_of_a_message_or_holds_a_single_item() -> None:
    assert in_batches(["a" * 40, "b" * 40, "c" * 400, "d"], None, 220) == [["a" * 40, "b" * 40], ["c" * 400], ["d"]]


@pytest.mark.parametrize(
    ("text", "limit"), [("5", 5), (" 7 ", 7), ("0", None), ("-1", None), ("all", None), (None, None)]
)
def test_a_limit_that_can_be_none_is_none(text: str | None, limit: int | None) -> None:
    assert number(text) == limit


def test_keys_of_1_6_are_read_as_many_at_a_time_as_the_station_takes() -> None:
    found = calls(CODEC, "get_variables", KEYS, {("", "GetConfigurationMaxKeys", None): "2"})
    assert [each.payload for each in found] == [{"key": ["A", "B"]}, {"key": ["C", "D"]}, {"key": ["E"]}]


def test_keys_of_1_6_are_changed_one_at_a_time() -> None:
    found = calls(CODEC, "set_variables", [{**each, "value": "1"} for each in KEYS[:2]], {})
    assert [each.payload for each in found] == [{"key": "A", "value": "1"}, {"key": "B", "value": "1"}]


@pytest.mark.parametrize("codec", [CODEC_201, CODEC_21], ids=["2.0.1", "2.1"])
def test_variables_of_2_x_go_as_many_at_a_time_as_the_station_takes(codec: Codec) -> None:
    limits = {("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"): "3"}
    found = calls(codec, "get_variables", PLACES, limits)
    assert [len(each.payload["getVariableData"]) for each in found] == [3, 2]
    limits = {("DeviceDataCtrlr", "BytesPerMessage", "SetVariables"): "300"}
    found = calls(codec, "set_variables", [{**each, "value": "1"} for each in PLACES], limits)
    assert [len(each.payload["setVariableData"]) for each in found] == [2, 2, 1]


def test_what_was_not_set_is_told_as_that() -> None:
    a, b, c = ({"component": None, "variable": name, "attribute": "actual"} for name in "ABC")
    set_a = Ending("done", None, {"variables": [{**a, "status": "accepted"}]})
    failed = variables_set([a, b, c])([set_a, Ending("failed", "GenericError", {"error": {"code": "GenericError"}})])
    assert (failed.state, failed.reason) == ("failed", "GenericError")
    assert failed.result is not None
    assert [each["status"] for each in failed.result["variables"]] == ["accepted", "not_sent", "not_sent"]
    lost = variables_set([a, b])([set_a, Ending("unknown", "no answer", None)])
    assert lost.state == "unknown"
    assert lost.result is not None
    assert [each["status"] for each in lost.result["variables"]] == ["accepted", "unknown"]
