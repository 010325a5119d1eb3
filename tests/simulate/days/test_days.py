"""Days at a site, faster than they pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegw.model.site import PHASES, Phase, Site, Strategy, Tariff
from edgegw.simulate.days import hub
from edgegw.simulate.days.bill import cost
from edgegw.simulate.days.report import report
from edgegw.simulate.days.run import Course, run
from edgegw.simulate.days.score import score
from edgegw.simulate.days.sharing import Sharing
from edgegw.simulate.days.visits import DAY_S, Visit, draw, read

HOUR = 3600.0


def visit(name: str, *phases: Phase, kwh: float = 100.0, hours: float = 2.0, **more: Any) -> Visit:
    told: dict[str, Any] = {"arrives_s": 0.0, "leaves_s": hours * HOUR, "max_a": 16.0} | more
    return Visit((name, 1), energy_wh=kwh * 1000, phases=phases or PHASES, **told)


def course(*visits: Visit, limit_a: float = 32.0, strategy: Strategy = "fair", site: Site | None = None) -> Course:
    """What becomes of visits at three stations on three phases without rotation, on a supply of `limit_a`."""
    made = site or hub.made_up(9, limit_a * 0.69, strategy=strategy)
    stations = {
        name: replace(each, evses=(replace(each.evses[0], phases=PHASES, max_a=32.0),))
        for name, each in made.stations.items()
    }
    made = replace(made, stations=stations)
    return run(made, visits, Sharing(made), lambda at_s: {})


def got_kwh(course: Course) -> dict[str, float]:
    return {guest.key[0]: round(guest.taken_wh / 1000, 2) for guest in course.guests}


def test_a_lone_car_takes_all_that_it_can() -> None:
    assert got_kwh(course(visit("CP01"))) == {"CP01": round(2 * 16 * 3 * 0.23, 2)}


def test_two_cars_share_and_who_is_full_leaves_the_rest() -> None:
    done = course(visit("CP01", kwh=5.0), visit("CP02"), limit_a=20.0)
    first_h = 5.0 / (10 * 0.69)
    assert got_kwh(done) == {"CP01": 5.0, "CP02": pytest.approx(5.0 + (2 - first_h) * 16 * 0.69, abs=0.5)}
    assert score(done).overload_as == 0.0


def test_a_battery_takes_less_and_less_towards_its_end() -> None:
    plain, tapers = visit("CP01", kwh=15.0), visit("CP01", kwh=15.0, taper_from=0.6)
    assert got_kwh(course(plain))["CP01"] == 15.0
    assert 14.0 < got_kwh(course(tapers))["CP01"] < 15.0
    assert (tapers.wanted_a(9_000), tapers.wanted_a(12_000), tapers.wanted_a(15_000)) == (16.0, pytest.approx(8.64), 0)


def test_who_tells_a_departure_is_ready_by_then() -> None:
    cars = [visit("CP01", hours=8, kwh=20.0, told=True), visit("CP02", hours=1, kwh=9.0, told=True)]
    assert got_kwh(course(*cars, limit_a=16.0, strategy="deadline")) == {"CP02": 6.9, "CP01": 20.0}
    assert got_kwh(course(*cars, limit_a=16.0))["CP02"] == 5.52


def test_a_car_whose_station_refuses_counts_at_the_most_that_it_could_draw_until_it_has_shown_what_it_does() -> None:
    done = course(visit("CP01", obeys=False, max_a=24.0), visit("CP02"), limit_a=44.0)
    assert got_kwh(done)["CP01"] == round(2 * 24 * 0.69, 2)
    assert got_kwh(done)["CP02"] == pytest.approx((1.95 * 16 + 0.05 * 12) * 0.69, abs=0.2)
    assert score(done).cars == 1


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 999), st.sampled_from([8, 20]), st.sampled_from(["fair", "first_come", "deadline"]))
def test_no_breaker_is_ever_passed_by_cars_that_follow(seed: int, count: int, strategy: Any) -> None:
    site = hub.made_up(count, 25.0, strategy=strategy)
    done = run(site, draw(site, 1, seed, told=0.5), Sharing(site), hub.building(15.0, seed))
    assert not done.guests or score(done).overload_as == 0.0
    for guest in done.guests:
        assert 0 <= guest.taken_wh <= guest.visit.energy_wh + 1e-6


def test_the_same_seed_is_the_same_month() -> None:
    site = hub.made_up(6, 30.0)
    assert draw(site, 30, 7) == draw(site, 30, 7) != draw(site, 30, 8)
    for earlier, later in ((a, b) for a in draw(site, 30, 7) for b in draw(site, 30, 7) if a.evse == b.evse and a != b):
        assert earlier.leaves_s <= later.arrives_s or later.leaves_s <= earlier.arrives_s, "two cars in one place"


def test_fairness_is_one_when_all_get_the_same_share_and_less_when_not() -> None:
    same = score(course(visit("CP01"), visit("CP02"), limit_a=20.0))
    assert same.jain == pytest.approx(1.0)
    one_starves = score(course(visit("CP01"), visit("CP02"), limit_a=16.0, strategy="first_come"))
    assert one_starves.jain == pytest.approx(0.5)
    assert (one_starves.satisfied, one_starves.worst) == (0.0, 0.0)


def test_a_guest_pays_what_the_gateway_would_ask() -> None:
    tariff = Tariff("default", Decimal("0.40"), session=Decimal("1.00"), idle_minute=Decimal("0.10"), idle_after_s=600)
    site = replace(hub.made_up(9, 32 * 0.69), tariffs={"default": tariff})
    done = course(visit("CP01", kwh=11.04), site=site)  # one hour, and one of idling
    assert cost(done.site, done.guests[0]) == Decimal("10.42")  # 11.04 kWh, a session, 50 minutes
    assert cost(course(visit("CP01")).site, done.guests[0]) is None


def test_the_page_shows_each_car_and_each_day_and_is_whole_html() -> None:
    site = replace(hub.made_up(9, 32 * 0.69), tariffs={"default": Tariff("default", Decimal("0.40"))})
    cars = [visit("CP01", kwh=5.0), visit("CP02", arrives_s=DAY_S, leaves_s=DAY_S + HOUR, online=False)]
    page = report(course(*cars, site=site), "Hub <Paulista>")
    assert "Hub &lt;Paulista&gt;" in page
    assert page.count("<svg") == 2
    assert "CP01/1<td>1. 00:00<td>1. 02:00<td>L1 L2 L3<td>5.0<td>5.0<td>100%" in page
    assert page.count("offline") == 1
    Whole().feed(page)


class Whole(HTMLParser):
    """Fails on an end tag without its start."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.open
        while self.open.pop() != tag:
            pass


def test_real_sessions_are_read_and_what_is_none_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "sessions.csv"
    path.write_text("arrival_step_5min,departure_step_5min,station,requested_kwh\n12,24,CA-1,3.5\n1,2,CA-2,1\n")
    first, second = read(path)
    assert (first.evse, first.arrives_s, first.leaves_s, first.energy_wh) == (("CA-2", 1), 300.0, 600.0, 1000.0)
    assert second.evse == ("CA-1", 1)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"sessions\.csv is no file of sessions: it has no column arrival_step_5min"):
        read(path)
