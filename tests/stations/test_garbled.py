"""Frames as small stations put them together by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.stations import rpc
from edgegw.stations.garbled import MENDED, meant

AUTHORIZE = '[2,"a","Authorize",{"idTag":"%s"}]'


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        (b'[2,"a","Heartbeat",{}]\0', {}),
        (b'[2,"a","Heartbeat",{}]\0\0\r\n', {}),
        (b'\xef\xbb\xbf[2,"a","Heartbeat",{}]', {}),
        (b'[2,"a","Heartbeat"]', {}),
        (b'[2,"a","Heartbeat",[]]', {}),
        (b'[2,"a","Heartbeat","{}"]', {}),
        (b'[2,"a","Heartbeat",null]\0', {}),
        (b'[2,"a","Heartbeat",{},{}]', {}),
        (b'["2","a","Heartbeat",{}]', {}),
        (b'[2.0,"a","Heartbeat",{}]', {}),
        ((AUTHORIZE % "a\nb").encode(), {"idTag": "a\nb"}),
        ((AUTHORIZE % "ação").encode("latin-1"), {"idTag": "ação"}),
        ((AUTHORIZE % "\\ud800").encode(), {"idTag": "?"}),
        (b'[2,"a","Authorize","{\\"idTag\\":\\"X\\"}"]', {"idTag": "X"}),
        (b'[2,"a","MeterValues",{"a":NaN,"b":-Infinity,"c":1e999}]', {"a": None, "b": None, "c": None}),
        (b'[2,"a","Heartbeat",{"n":123456789012345678901234567890}]\0', {"n": 123456789012345678901234567890.0}),
    ],
)  # fmt: skip
def test_a_call_is_read_as_it_was_meant(said: bytes, payload: dict[str, object]) -> None:
    fault = rpc.parse(said, "1.6")
    assert isinstance(fault, rpc.Fault)
    assert fault.reason in MENDED
    found = meant(said)
    assert found is not None
    call = rpc.parse(found, "1.6")
    assert isinstance(call, rpc.Call)
    assert (call.id, call.payload) == ("a", payload)


def test_an_id_that_is_a_whole_number_with_a_point_is_that_number() -> None:
    assert meant(b'[2,5.0,"Heartbeat",{}]') == b'[2,5,"Heartbeat",{}]'


def test_an_answer_is_read_as_it_was_meant() -> None:
    assert meant(b'[3,"a"]') == b'[3,"a",{}]'
    assert meant(b'[3,"a",[],{}]') == b'[3,"a",{}]'


@pytest.mark.parametrize(
    "said",
    [
        b"", b"ping", b"{}", b"[]", b"[2]", b'[2,"a"]', b'[2,null,"Heartbeat",{}]', b'[2,5.5,"Heartbeat",{}]',
        b'[2,"a",7,{}]', b'[2,"a","Heartbeat",7]', b'[2,"a","Heartbeat",[1]]', b'[2,"a","Heartbeat","x"]',
        b'[7,"a","Heartbeat",{}]', b"[2,'a','Heartbeat',{}]", b'[2,"a","Heartbeat",{},]', b'[2,"a","Heartbeat",{}',
        b"[" * 200_000, b"\xff\xfe\x00", b'[true,"a","Heartbeat",{}]',
    ],
)  # fmt: skip
def test_what_nobody_can_tell_stays_a_fault(said: bytes) -> None:
    assert meant(said) is None


@given(st.binary(max_size=40) | st.text(max_size=40).map(lambda text: f'[2,"a","Heartbeat",{text}]'.encode()))
def test_whatever_comes_is_none_or_a_frame_that_can_be_read(said: bytes) -> None:
    found = meant(said)
    assert found is None or not isinstance(rpc.parse(found, "1.6"), rpc.Fault)
