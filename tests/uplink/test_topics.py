from __future__ import annotations

import pytest

from edgegw.uplink.topics import Address, Topics, parse, stream_named


def test_topics_are_those_of_the_contract() -> None:
    topics = Topics("paulista-01")
    assert topics.events("A") == "edgegw/v1/paulista-01/up/evt/A"
    assert topics.state("station", "CP01") == "edgegw/v1/paulista-01/up/state/station/CP01"
    assert topics.presence == "edgegw/v1/paulista-01/up/presence"
    assert topics.command("reset") == "edgegw/v1/paulista-01/dn/cmd/reset"
    assert topics.answer("reset") == "edgegw/v1/paulista-01/up/cmd/reset/res"
    assert topics.acknowledgement("B") == "edgegw/v1/paulista-01/dn/ack/B"
    assert topics.request("authorize") == "edgegw/v1/paulista-01/up/req/authorize"
    assert topics.response("authorize") == "edgegw/v1/paulista-01/dn/res/authorize"
    assert topics.document("tokens/17") == "edgegw/v1/paulista-01/dn/cfg/tokens/17"


@pytest.mark.parametrize("id", ["a/b", "+", "#", "CP 01", "Ão", "%2F", "edgegw/v1"])
def test_no_id_changes_the_shape_of_a_topic_and_each_comes_back(id: str) -> None:
    topic = Topics("s").state("station", id)
    assert topic.count("/") <= 7
    assert not set("+#") & set(topic)
    assert parse(topic) == Address("s", "up", "state", ("station", id))


def test_filters_name_every_site() -> None:
    assert Topics("+").events("A") == "edgegw/v1/+/up/evt/A"


@pytest.mark.parametrize("topic", ["edgegw/v1", "edgegw/v1/s/up", "other/s/up/evt/A", "edgegw/v1/s/x/evt/A"])
def test_a_foreign_topic_is_none_of_ours(topic: str) -> None:
    assert parse(topic) is None


def test_only_a_and_b_are_streams() -> None:
    assert stream_named(("A",)) == "A"
    assert stream_named(("C",)) is None
    assert stream_named(("A", "A")) is None
