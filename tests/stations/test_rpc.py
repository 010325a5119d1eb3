"""Frames that are well and frames that are not, by version."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.stations import rpc
from edgegw.stations.codec import Version
from edgegw.stations.rpc import Call, CallError, CallResult, Fault, Send

VERSIONS: tuple[Version, ...] = ("1.6", "2.0.1", "2.1")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_call_a_result_and_an_error_are_read(version: Version) -> None:
    assert rpc.parse(b'[2,"a","Heartbeat",{}]', version) == Call("a", "Heartbeat", {})
    assert rpc.parse('[3,"a",{"k":1}]', version) == CallResult("a", {"k": 1})
    assert rpc.parse(b'[4,"a","NotSupported","no",{}]', version) == CallError("a", "NotSupported", "no")


def test_what_is_built_is_read_again() -> None:
    assert rpc.parse(rpc.call("a", "Reset", {"type": "Soft"}), "1.6") == Call("a", "Reset", {"type": "Soft"})
    assert rpc.parse(rpc.result("a", {"x": 1}), "1.6") == CallResult("a", {"x": 1})
    assert rpc.parse(rpc.error("a", rpc.Code.FORMAT, "t", "1.6"), "1.6") == CallError("a", "FormationViolation", "t")
    assert rpc.parse(rpc.result_error("a", rpc.Code.FORMAT, "t"), "2.1") == CallError("a", "FormatViolation", "t", True)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_send_and_callresulterror_exist_in_2_1_alone(version: Version) -> None:
    frame = b'[6,"a","NotifyPeriodicEventStream",{}]'
    assert rpc.parse(frame, "2.1") == Send("a", "NotifyPeriodicEventStream", {})
    assert rpc.parse(b'[5,"a","FormatViolation","t",{}]', "2.1") == CallError("a", "FormatViolation", "t", True)
    assert isinstance(rpc.parse(frame, version), Fault)
    assert isinstance(rpc.parse(b'[5,"a","FormatViolation","t",{}]', version), Fault)


# frame, reason, 1.6's CALLERROR (id, code) or None for silence, 2.x's
BAD = [
    (b"", "not_json", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b"not json", "not_json", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b"\xff\xfe[2]", "not_json", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b"[" * 100_000, "not_json", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b"[" * 100_000 + b"]" * 100_000, "not_json", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b"{}", "not_array", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b'"text"', "not_array", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b"[]", "not_array", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b'["2","a","Heartbeat",{}]', "message_type", ("a", "FormationViolation"), ("a", "RpcFrameworkError")),
    (b'[null,"a","Heartbeat",{}]', "message_type", ("a", "FormationViolation"), ("a", "RpcFrameworkError")),
    (b'[9,"a","Heartbeat",{}]', "message_type", None, ("a", "MessageTypeNotSupported")),
    (b'[-2,"a"]', "message_type", None, ("a", "MessageTypeNotSupported")),
    (b'[2,"a","Heartbeat"]', "length", ("a", "FormationViolation"), ("a", "RpcFrameworkError")),
    (b'[2,"a","Heartbeat",{},1]', "length", ("a", "FormationViolation"), ("a", "RpcFrameworkError")),
    (b"[2]", "length", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b'[2,null,"Heartbeat",{}]', "message_id", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b'[2,true,"Heartbeat",{}]', "message_id", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b'[2,["a"],"Heartbeat",{}]', "message_id", ("-1", "FormationViolation"), ("-1", "RpcFrameworkError")),
    (b'[2,"a",["Heartbeat"],{}]', "action", ("a", "FormationViolation"), ("a", "RpcFrameworkError")),
    (b'[2,"a","Heartbeat",[]]', "payload", ("a", "FormationViolation"), ("a", "FormatViolation")),
    (b'[2,"a","Heartbeat","{}"]', "payload", ("a", "FormationViolation"), ("a", "FormatViolation")),
    (
        b'[2,"a","Heartbeat",' + b'{"a":' * 64 + b"1" + b"}" * 64 + b"]",
        "too_deep",
        ("a", "FormationViolation"),
        ("a", "FormatViolation"),
    ),
    # Answers are never answered.
    (b'[3,"a",' + b'{"a":' * 64 + b"1" + b"}" * 64 + b"]", "too_deep", None, None),
    (b'[3,"a"]', "answer", None, None),
    (b'[3,["a"],{}]', "answer", None, None),
    (b'[3,"a",7]', "answer", None, None),
    (b"[4]", "answer", None, None),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("frame", "reason", "in_16", "in_2x"), BAD, ids=[str(bad[0][:24]) for bad in BAD])
def test_a_bad_frame_gets_the_callerror_of_its_version(
    frame: bytes, reason: str, in_16: tuple[str, str] | None, in_2x: tuple[str, str] | None, version: Version
) -> None:
    fault = rpc.parse(frame, version)
    assert isinstance(fault, Fault)
    assert fault.reason == reason
    expected = in_16 if version == "1.6" else in_2x
    if expected is None:
        assert fault.id is None
    else:
        assert fault.id is not None
        kind, message_id, code, text, details = orjson.loads(rpc.error(fault.id, fault.code, fault.text, version))
        assert (kind, message_id, code, details) == (4, *expected, {})
        assert 0 < len(text) <= 255


@pytest.mark.parametrize("version", VERSIONS)
def test_a_plain_number_as_message_id_comes_back_as_it_was(version: Version) -> None:
    call = rpc.parse(b'[2,17,"Heartbeat",{}]', version)
    assert call == Call(17, "Heartbeat", {})
    assert orjson.loads(rpc.result(17, {})) == [3, 17, {}]


def test_null_stands_for_an_empty_payload() -> None:
    assert rpc.parse(b'[2,"a","Heartbeat",null]', "1.6") == Call("a", "Heartbeat", {})
    assert rpc.parse(b'[3,"a",null]', "1.6") == CallResult("a", {})


def test_a_callerror_without_description_ends_the_wait_all_the_same() -> None:
    assert rpc.parse(b'[4,"a","GenericError"]', "1.6") == CallError("a", "GenericError", "")
    assert rpc.parse(b'[4,"a",null,null,null]', "1.6") == CallError("a", "None", "")


def test_every_code_has_a_spelling_that_1_6_knows() -> None:
    known = {
        "NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError", "FormationViolation",
        "PropertyConstraintViolation", "OccurenceConstraintViolation", "TypeConstraintViolation", "GenericError",
    }  # fmt: skip
    assert {rpc.spelled(code, "1.6") for code in rpc.Code} == known
    assert rpc.spelled("MadeUp", "1.6") == rpc.spelled("MadeUp", "2.1") == "GenericError"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.binary(max_size=200) | st.lists(json_values, max_size=6).map(lambda v: orjson.dumps(v, default=str)))
def test_no_bytes_make_parse_raise_and_no_fault_repeats_them(data: bytes) -> None:
    for version in VERSIONS:
        frame = rpc.parse(data, version)
        if isinstance(frame, Fault) and frame.id is not None:
            orjson.loads(rpc.error(frame.id, frame.code, frame.text, version))


@given(st.sampled_from([2, 6]), json_values, json_values, json_values)
def test_a_call_is_well_typed_or_a_fault(kind: int, message_id: object, action: object, payload: object) -> None:
    frame = rpc.parse(orjson.dumps([kind, message_id, action, payload]), "2.1")
    if not isinstance(frame, Fault):
        assert isinstance(frame, Call | Send)
        assert type(frame.id) in (str, int)
        assert type(frame.action) is str
        assert type(frame.payload) is dict
