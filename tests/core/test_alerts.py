"""What stations tell to be wrong with them, as state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from edgegw.core.fold import apply, fold
from edgegw.core.fold.alerts import KEPT
from edgegw.model import facts as f
from edgegw.model.state import State

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

PLACE: dict[str, Any] = {"component": "Connector", "variable": "Temperature", "evse": 1}


def told(*facts: f.Fact) -> list[tuple[int | None, str | None]]:
    """Monitor and value of each alert that stands after `facts`."""
    state = State()
    for fact in facts:
        apply(state, fold(state, fact))
    return [(each.monitor, each.value) for each in state.stations["CP01"].alerts]


def raised(monitor: int | None = 1, value: str = "65", **about: Any) -> f.AlertRaised:
    return f.AlertRaised(at=START, station="CP01", event=1, monitor=monitor, value=value, **(PLACE | about))


def ended(monitor: int | None = 1) -> f.AlertEnded:
    return f.AlertEnded(at=START, station="CP01", event=2, monitor=monitor, **PLACE)


def test_an_alert_is_raised_once_and_ends_by_its_own_monitor() -> None:
    assert told(raised(), raised(value="70")) == [(1, "70")]
    assert told(raised(), raised(2), ended()) == [(2, "65")]
    assert told(raised(), raised(evse=2), ended()) == [(1, "65")]
    assert told(ended()) == []


def test_a_station_that_has_booted_tells_anew_what_is_wrong() -> None:
    boot = f.StationBooted(
        at=START, station="CP01", ocpp="2.0.1", vendor="V", model="M", status="accepted", interval_s=300, known=True
    )
    assert told(raised(), boot) == []


def test_an_alert_goes_with_its_monitor() -> None:
    assert told(raised(), raised(2), f.MonitorsChanged(at=START, station="CP01", removed=(1,))) == [(2, "65")]


def test_of_one_station_the_newest_are_kept() -> None:
    kept = told(*(raised(monitor) for monitor in range(KEPT + 5)))
    assert [monitor for monitor, _ in kept] == list(range(5, KEPT + 5))
