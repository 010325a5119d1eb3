"""Topic filters, and packets that are whole whatever the pieces they come in."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegw.simulate.broker import packets
from edgegw.simulate.broker.packets import Publish, Splitter
from edgegw.simulate.broker.switchboard import matches, valid


@pytest.mark.parametrize(
    ("name", "topic", "takes"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b/c", False),
        ("a/+", "a/b", True),
        ("a/+", "a", False),
        ("+/+/c", "a/b/c", True),
        ("a/#", "a/b/c", True),
        ("a/#", "a", True),
        ("#", "a/b", True),
        ("#", "$SYS/x", False),
        ("+/x", "$SYS/x", False),
        ("a/+/c", "a//c", True),
    ],
)
def test_a_filter_takes_topics_by_section_4_7(name: str, topic: str, takes: bool) -> None:
    assert matches(name, topic) is takes


@pytest.mark.parametrize(
    ("name", "right"), [("a/#", True), ("a/#/b", False), ("a+", False), ("", False), ("+", True), ("$share/g/t", False)]
)
def test_a_filter_is_right_or_refused(name: str, right: bool) -> None:
    assert valid(name) is right


messages = st.builds(
    Publish,
    st.text(min_size=1, max_size=20).filter(lambda text: not set(text) & set("+#\0")),
    st.binary(max_size=300),
    qos=st.sampled_from([0, 1]),
    retain=st.booleans(),
    id=st.integers(1, 65535),
    properties=st.lists(
        st.one_of(
            st.tuples(st.just(0x26), st.tuples(st.text(max_size=5), st.text(max_size=5))),
            st.tuples(st.just(0x02), st.integers(0, 2**32 - 1)),
            st.tuples(st.just(0x09), st.binary(max_size=5)),
            st.tuples(st.just(0x01), st.integers(0, 1)),
        ),
        max_size=4,
    ).map(tuple),
)


@given(st.lists(messages, max_size=5), st.integers(1, 50))
def test_messages_survive_the_wire_in_any_pieces(sent: list[Publish], piece: int) -> None:
    wire = b"".join(packets.publish(message, packets.V5) for message in sent)
    splitter, found = Splitter(), []
    for at in range(0, len(wire), piece):
        found += [packets.parse(first, body, packets.V5) for first, body in splitter.feed(wire[at : at + piece])]
    assert [message for message in found if isinstance(message, Publish)] == [
        message if message.qos else Publish(
            message.topic, message.payload, 0, message.retain, properties=message.properties
        )
        for message in sent
    ]  # fmt: skip


@given(st.binary(max_size=60), st.integers(0, 255), st.sampled_from([packets.V3, packets.V5]))
def test_any_bytes_are_a_packet_or_malformed(body: bytes, first: int, version: int) -> None:
    with contextlib.suppress(packets.Malformed):
        packets.parse(first, body, version)
