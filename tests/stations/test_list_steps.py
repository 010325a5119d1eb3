"""Which id tokens a station shall hold, and how its list comes there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from edgegw.stations.codec import ListEntry
from edgegw.stations.list_steps import chosen, differences, digest, held

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
A, B, C = ListEntry("A", "accepted"), ListEntry("B", "accepted", group="G"), ListEntry("C", "blocked")


def test_of_too_many_those_who_charged_last_are_held() -> None:
    seen = {"C": NOW, "A": NOW - timedelta(days=1)}
    assert chosen([A, B, C], seen, None) == [C, A, B]
    assert chosen([A, B, C], seen, 2) == [C, A]
    assert chosen([A, B, C], seen, 1) == [C]


def test_what_changed_is_put_and_what_is_gone_is_taken_out() -> None:
    before = held([A, B, C])
    assert differences(before, [A, B, C]) == ([], [])
    blocked = ListEntry("A", "blocked")
    assert differences(before, [blocked, C]) == ([blocked], ["B"])


def test_a_digest_is_of_the_entries_in_whatever_order() -> None:
    assert digest([A, B], b"salt") == digest([B, A], b"salt")
    assert digest([A, B], b"salt") != digest([A], b"salt")
    assert digest([A], b"salt") != digest([A], b"other")
