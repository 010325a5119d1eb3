from __future__ import annotations

from edgegw.stations.liveness import Signs, verdict


def test_a_station_that_never_answers_pings_lives_by_its_frames() -> None:
    assert verdict(Signs(heard_at=0, pinged_at=60), now=120, heartbeat_s=300) == "ping"
    assert verdict(Signs(heard_at=0, pinged_at=840), now=899, heartbeat_s=300) == "ping"
    assert verdict(Signs(heard_at=0, pinged_at=900), now=901, heartbeat_s=300) == "gone"


def test_a_station_that_answered_pings_is_gone_when_it_stops() -> None:
    assert verdict(Signs(heard_at=0, pinged_at=120, ponged_at=60), now=180, heartbeat_s=300) == "gone"
    assert verdict(Signs(heard_at=121, pinged_at=120, ponged_at=60), now=180, heartbeat_s=300) == "ping"
    assert verdict(Signs(heard_at=0, pinged_at=120, ponged_at=120), now=180, heartbeat_s=300) == "ping"


def test_a_heartbeat_of_a_second_does_not_make_silence_fatal() -> None:
    assert verdict(Signs(heard_at=0), now=100, heartbeat_s=1) == "ping"
    assert verdict(Signs(heard_at=0), now=181, heartbeat_s=1) == "gone"


def test_pongs_count_as_life() -> None:
    assert verdict(Signs(heard_at=0, pinged_at=960, ponged_at=960), now=1020, heartbeat_s=300) == "ping"
