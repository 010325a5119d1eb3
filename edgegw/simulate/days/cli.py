"""`edgegw simulate site --days N`: a site's days in seconds, told in figures and, on request, as a page."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Final

from edgegw.load.cheap import ENOUGH_DAYS
from edgegw.model.site import Site
from edgegw.settings import Invalid, load
from edgegw.simulate.days.hub import Building, building, capped, made_up
from edgegw.simulate.days.report import report
from edgegw.simulate.days.run import Course, run
from edgegw.simulate.days.savings import in_words, savings
from edgegw.simulate.days.score import Score, score
from edgegw.simulate.days.sharing import Sharing
from edgegw.simulate.days.visits import DAY_S, Visit, draw, read
from edgegw.simulate.days.waiting import Waiting

GOOD: Final = 0
FAILED: Final = 1
USAGE: Final = 2
USELESS: Final = 78


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulate site` takes besides, for days in seconds."""
    days = parser.add_argument_group("days in seconds", "the real allocation on simulated cars, to size a site")
    days.add_argument("--days", type=_days, metavar="N", help="simulate so many days and end; nothing is connected")
    days.add_argument("--config", "-c", type=Path, metavar="FILE", help="the installer's own site (made up without)")
    days.add_argument("--cap-kw", type=_above_0, metavar="KW", help="what the supply carries (60, or as configured)")
    days.add_argument("--strategy", choices=("fair", "first_come", "deadline"), help="how it is shared (fair)")
    days.add_argument("--told", type=_share, default=0.0, metavar="SHARE",
                      help="share of drivers who name their departure (%(default)s)")  # fmt: skip
    days.add_argument("--cheap-hours", action="store_true",
                      help="drivers who tell let their cars wait for cheap periods of the file's tariffs")  # fmt: skip
    days.add_argument("--sessions", type=Path, metavar="CSV", help="real sessions instead of drawn ones")
    days.add_argument("--building-max", type=_from_0, metavar="A", help="most that the building draws on a phase")
    days.add_argument("--report", type=Path, metavar="FILE.html", help="write a page with curves and cars")


def _days(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError("days are a number from 1")
    return int(text)


def _from_0(text: str, most: float = inf) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= most or number == inf:
        raise argparse.ArgumentTypeError(f"it is a number from 0{'' if most == inf else f' to {most:g}'}")
    return number


def _above_0(text: str) -> float:
    if (number := _from_0(text)) == 0:
        raise argparse.ArgumentTypeError("it has to be more than 0")
    return number


def _share(text: str) -> float:
    return _from_0(text, 1)


def main(options: argparse.Namespace) -> int:
    """Simulate and tell. Exit 0; 1 when the report can't be written, 2 when the options do not fit, 78 when a file
    can't be used."""
    try:
        site = _site(options)
        visits = (
            read(options.sessions) if options.sessions else draw(site, options.days, options.seed, told=options.told)
        )
    except Invalid as error:
        for finding in error.findings:
            sys.stderr.write(f"{finding}\n")
        return USELESS
    except (OSError, ValueError) as error:
        sys.stderr.write(f"edgegw simulate: {error}\n")
        return USELESS
    if site.cheap_hours and (lacking := _lacking(site, visits)) is not None:
        if options.cheap_hours:
            sys.stderr.write(f"edgegw simulate: --cheap-hours: {lacking}\n")
            return USAGE
        site = replace(site, cheap_hours=False)
    visits = [visit for visit in visits if visit.arrives_s < options.days * DAY_S]
    if unknown := {visit.evse for visit in visits} - {(s.id, e.id) for s in site.stations.values() for e in s.evses}:
        sys.stderr.write(f"edgegw simulate: {len(unknown)} places of {options.sessions} are not at this site\n")
        return USAGE
    assert site.supply is not None
    most_a = site.supply.building_max_a if options.building_max is None else options.building_max
    beside = building(most_a, options.seed)
    begun = time.perf_counter()
    course = _course(site, visits, beside) if visits else None
    took_s = time.perf_counter() - begun
    if course is None or not any(guest.visit.steered for guest in course.guests):
        sys.stderr.write("edgegw simulate: no car came; more --days, or another --seed\n")
        return USAGE
    cap_kw = site.supply.limit_a * site.supply.voltage_v * site.supply.phases / 1000
    title = f"{options.days} days of {len(site.stations)} stations on {cap_kw:.0f} kW, {site.strategy}"
    sys.stdout.write(f"{title}: {_told(score(course))}{course.moments[-1].at_s / took_s:,.0f} times as fast as time\n")
    at_once = _course(replace(site, cheap_hours=False), visits, beside) if site.cheap_hours else None
    if at_once is not None:
        sys.stdout.write(f"{in_words(savings(course, at_once), site.currency)}\n")
        if options.days <= ENOUGH_DAYS:
            sys.stdout.write(f"nobody waits in the first {ENOUGH_DAYS:.0f} days, by which the forecast learns\n")
    if options.report is not None:
        page = report(course, f"{site.name}: {options.days} days on {cap_kw:.0f} kW, {site.strategy}", at_once)
        try:
            options.report.write_text(page)
        except OSError as error:
            sys.stderr.write(f"edgegw simulate: the report can't be written: {error}\n")
            return FAILED
        sys.stdout.write(f"{options.report} has the curves and each car\n")
    return GOOD


def _told(found: Score) -> str:
    share = found.energy_wh / found.wanted_wh
    return (
        f"{found.cars} cars got {found.energy_wh / 1000:,.0f} of {found.wanted_wh / 1000:,.0f} kWh ({share:.1%})\n"
        f"satisfied {found.satisfied:.1%}, all but the worst 5 % got {found.worst:.0%}, fairness {found.jain:.3f}\n"
        f"binding phase used {found.used:.1%}, {found.pauses:.2f} pauses a car, {found.overload_as:.0f} As too much\n"
    )


def _course(site: Site, visits: Sequence[Visit], beside: Building) -> Course:
    waiting = Waiting(site) if site.cheap_hours else None
    watch = waiting.watch if waiting is not None else None
    return run(site, visits, Sharing(site, waiting=waiting), beside, watch=watch)


def _lacking(site: Site, visits: Sequence[Visit]) -> str | None:
    """What is missing for anybody to wait."""
    if not any(tariff.periods for tariff in site.tariffs.values()):
        return "no tariff has periods; name a file with -c that has one"
    if not any(visit.told for visit in visits):
        return "no driver tells a departure; say how many do with --told"
    return None


def _site(options: argparse.Namespace) -> Site:
    if options.config is None:
        site = made_up(options.count, 60.0 if options.cap_kw is None else options.cap_kw)
    else:
        site = load(options.config).settings.site_model()
        if options.cap_kw is not None:
            site = capped(site, options.cap_kw)
        elif site.supply is None:
            raise ValueError(f"{options.config} has no supply: to share, say what it carries with --cap-kw")
    site = replace(site, cheap_hours=site.cheap_hours or options.cheap_hours)
    return replace(site, strategy=options.strategy) if options.strategy else site
