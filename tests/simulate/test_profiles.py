"""Which of the profiles that a station holds rules, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edgegw.simulate.profiles import MAXIMUM, TX, TX_DEFAULT, Profile, Profiles, Refused, read_profile

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_ids = iter(range(1, 10_000))


def profile(limit: float, purpose: str = TX_DEFAULT, level: int = 0, **more: Any) -> Profile:
    told = {"evse": 1, "kind": "Relative", "unit": "A", "periods": ((0, limit, None),), **more}
    return Profile(id=next(_ids), purpose=purpose, level=level, **told)


def limit(*profiles: Profile, after_s: float = 0.0, charging: bool = True, evse: int = 1, phases: int = 3) -> float:
    held = Profiles()
    for each in profiles:
        held.add(each)
    now = NOW + timedelta(seconds=after_s)
    return held.limit_a(
        evse, now, volts=230.0, phases=phases, began_at=NOW if charging else None, most_a=32.0
    )  # fmt: skip


def test_without_profiles_the_cable_is_the_limit() -> None:
    assert limit() == 32.0


def test_a_tx_profile_rules_over_the_defaults_while_a_transaction_runs() -> None:
    both = profile(8.0, level=9), profile(20.0, TX)
    assert limit(*both) == 20.0
    assert limit(*both, charging=False) == 8.0


def test_the_higher_level_rules_until_its_duration_is_over_and_the_lower_one_takes_its_place() -> None:
    short = profile(16.0, TX, 1, kind="Absolute", starts_at=NOW, duration_s=120)
    assert limit(profile(6.0), short, after_s=119.9) == 16.0
    assert limit(profile(6.0), short, after_s=120.0) == 6.0


def test_a_profile_does_not_rule_before_its_schedule_or_outside_its_validity() -> None:
    later = profile(16.0, level=1, kind="Absolute", starts_at=NOW + timedelta(seconds=10))
    assert limit(profile(6.0), later, after_s=9) == 6.0
    assert limit(profile(6.0), later, after_s=10) == 16.0
    valid = profile(16.0, level=1, valid_from=NOW + timedelta(seconds=10), valid_to=NOW + timedelta(seconds=20))
    assert [limit(profile(6.0), valid, after_s=after) for after in (9, 10, 19, 20)] == [6.0, 16.0, 16.0, 6.0]


def test_of_equal_levels_the_one_for_the_evse_rules_before_the_one_for_the_station() -> None:
    assert limit(profile(10.0, evse=0), profile(13.0)) == 13.0
    assert limit(profile(10.0, evse=0), profile(13.0), evse=2) == 10.0
    assert limit(profile(10.0, level=1, evse=0), profile(13.0)) == 10.0


def test_the_stations_maximum_caps_what_rules() -> None:
    assert limit(profile(20.0, TX), profile(12.0, MAXIMUM, evse=0)) == 12.0
    assert limit(profile(10.0, TX), profile(12.0, MAXIMUM, evse=0)) == 10.0


def test_watts_become_amperes_by_the_phases_in_use() -> None:
    assert limit(profile(6900.0, TX, unit="W")) == pytest.approx(10.0)
    assert limit(profile(6900.0, TX, unit="W"), phases=1) == pytest.approx(30.0)
    assert limit(profile(2300.0, TX, unit="W", periods=((0, 2300.0, 1),))) == pytest.approx(10.0)


def test_periods_follow_each_other_and_a_day_repeats() -> None:
    daily = profile(
        0, kind="Recurring", starts_at=NOW, repeats=timedelta(days=1), periods=((0, 10.0, None), (3600, 20.0, None))
    )
    assert limit(daily, after_s=10) == 10.0
    assert limit(daily, after_s=3600) == 20.0
    assert limit(daily, after_s=86400 + 10) == 10.0


def test_the_same_id_and_the_same_place_replace_and_the_end_of_the_transaction_takes_its_profiles() -> None:
    held = Profiles()
    held.add(profile(10.0, TX))
    held.add(profile(11.0, TX))
    assert [each.periods[0][1] for each in held] == [11.0]
    held.add(profile(12.0, TX, 5))
    held.add(profile(6.0))
    held.ended(2)
    assert len(list(held)) == 3
    held.ended(1)
    assert [each.purpose for each in held] == [TX_DEFAULT]
    assert held.clear(purpose=TX) == 0
    assert held.clear(purpose=TX_DEFAULT, level=0) == 1


def test_a_profile_that_no_station_can_follow_is_refused() -> None:
    wire: dict[str, Any] = {
        "id": 1, "stackLevel": 0, "chargingProfilePurpose": TX, "chargingProfileKind": "Absolute",
        "chargingSchedule": [
            {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 5, "limit": 6}]}
        ],
    }  # fmt: skip
    with pytest.raises(Refused, match="begins at 0"):
        read_profile(1, wire, ocpp="2")
    with pytest.raises(Refused, match="purpose"):
        read_profile(1, {**wire, "chargingProfilePurpose": "LocalGeneration"}, ocpp="2")
