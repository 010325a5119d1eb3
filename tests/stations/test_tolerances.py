"""What a station is let off with is counted by kind, told once, and shown."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from edgegw.stations import tolerances
from edgegw.stations.normalise import KINDS, Tolerance
from edgegw.stations.tolerances import Reception, Tolerances
from tests.support.clock import FakeClock

PAGE = Path(__file__).parents[2] / "docs" / "tolerated.md"
STATUS = {"connectorId": "1", "errorCode": "NoError", "status": "available"}


def counted(kind: str) -> float:
    return REGISTRY.get_sample_value("edgegw_ocpp_tolerated_total", {"kind": kind}) or 0.0


def test_each_kind_is_counted_for_each_station_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    kept = Tolerances(clock.now)
    before = counted("number_as_text")
    first_at = clock.now()
    with caplog.at_level(logging.WARNING):
        for station in ("CP01", "CP01", "CP02"):
            clock.advance(60)
            assert Reception(station, "1.6", kept).take("StatusNotification", "request", dict(STATUS)) == {
                "connectorId": 1, "errorCode": "NoError", "status": "Available",
            }  # fmt: skip
    assert [(each.kind, each.count, each.where) for each in kept.of("CP01")] == [
        ("number_as_text", 2, "StatusNotification: connectorId"),
        ("word_case", 2, "StatusNotification: status"),
    ]
    assert (kept.of("CP01")[0].last_at - kept.of("CP01")[0].first_at).total_seconds() == 60
    assert kept.of("CP01")[0].first_at > first_at
    assert [each.count for each in kept.of("CP02")] == [1, 1]
    assert kept.of("CP03") == []
    assert counted("number_as_text") == before + 3
    assert len(caplog.messages) == 4
    assert "CP01: writes numbers as text" in caplog.text


def test_what_is_refused_or_unknown_or_valid_counts_as_nothing() -> None:
    kept = Tolerances(FakeClock().now)
    reception = Reception("CP01", "1.6", kept)
    valid = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    assert reception.take("StatusNotification", "request", valid) is valid
    assert reception.take("MadeUp", "request", {}) is None
    reception.take("Authorize", "request", {"idTag": None})
    assert kept.of("CP01") == []


def test_names_that_are_made_up_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tolerances, "MAX_STATIONS", 2)
    kept = Tolerances(FakeClock().now)
    for station in ("A", "B", "C", "A"):
        kept.saw(station, "Authorize", [Tolerance("null", "idTag")])
    assert [sum(each.count for each in kept.of(station)) for station in "ABC"] == [2, 1, 0]


def test_every_kind_says_what_the_station_does_and_what_is_done() -> None:
    assert all("," in text and not text.endswith(".") for text in KINDS.values())


def test_the_installers_page_names_every_kind_and_no_other() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    named = [kind for row in rows for kind in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(named) == sorted(KINDS)
