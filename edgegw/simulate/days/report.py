"""A simulated course as one page of HTML that needs nothing else: figures, power against limits, each car."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import Final

from edgegw.model.site import PHASES
from edgegw.simulate.days.bill import cost
from edgegw.simulate.days.run import Course, Guest, Moment
from edgegw.simulate.days.savings import in_words, savings
from edgegw.simulate.days.score import SATISFIED, score
from edgegw.simulate.days.visits import DAY_S

WIDTH: Final = 960
HEIGHT: Final = 120
GAP: Final = 22
POINTS: Final = 480
"""Points of a day's curve: three minutes each."""

COLOURS: Final = {"L1": "#8c564b", "L2": "#444444", "L3": "#7f9fbf"}
"""Near the colours of the conductors (IEC 60446 of old and IEC 60445: brown, black, grey)."""

STYLE: Final = """
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; background: #8881; margin: .2rem 0 1rem; }
text { font-size: 11px; fill: currentColor; } .bad { color: #c22; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .6rem 1.5rem; margin: 1rem 0; }
dt { opacity: .7; } dd { margin: 0; font-size: 1.3rem; }
"""


def report(course: Course, title: str, at_once: Course | None = None) -> str:
    """The page; `at_once` is the same site without waiting for cheap hours, where cars waited. Raises ValueError for a
    course without a car."""
    moments = course.moments
    days = int(moments[-1].at_s // DAY_S) + 1
    parts = [
        f"<h1>{escape(title)}</h1>",
        _figures(course),
        *([] if at_once is None else [f"<p>{escape(in_words(savings(course, at_once), course.site.currency))}.</p>"]),
        "<h2>Power per phase</h2><p>Filled: cars on top of the building (grey), in ampere; the line is the breaker. "
        "What crosses it is a car whose station refuses its limits, until that is known.</p>",
    ]
    by_day: list[list[Moment]] = [[] for _ in range(days)]
    for moment in moments:
        by_day[int(moment.at_s // DAY_S)].append(moment)
    for number, day in enumerate(by_day):
        if any(any(moment.cars.values()) for moment in day):
            parts.append(f"<h3>Day {number + 1}</h3>{_curves(course, day)}")
    parts.append(f"<h2>Cars</h2>{_cars(course)}")
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><body>\n{body}\n</body></html>\n"
    )


def _figures(course: Course) -> str:
    found = score(course)
    steered = [guest for guest in course.guests if guest.visit.steered]
    costs = [each for each in (cost(course.site, guest) for guest in course.guests) if each is not None]
    shown = [
        ("cars", f"{len(course.guests)}"),
        ("energy", f"{sum(guest.taken_wh for guest in course.guests) / 1000:,.0f} kWh"),
        ("of what was wanted", f"{found.energy_wh / found.wanted_wh:.1%}"),
        ("drivers satisfied", f"{found.satisfied:.1%}"),
        ("all but the worst 5 % got", f"{found.worst:.0%}"),
        ("fairness (Jain)", f"{found.jain:.3f}"),
        ("binding phase used", f"{found.used:.1%}"),
        ("pauses a car", f"{found.pauses:.2f}"),
        ("over a breaker", f"{found.overload_as:.0f} As"),
        ("stations that refuse or are away", f"{len(course.guests) - len(steered)}"),
    ]
    if costs:
        shown.append(("income", f"{sum(costs, Decimal(0)):,} {course.site.currency}"))
    return "<dl>" + "".join(f"<div><dt>{name}</dt><dd>{escape(text)}</dd></div>" for name, text in shown) + "</dl>"


def _curves(course: Course, day: Sequence[Moment]) -> str:
    assert course.site.supply is not None
    limit_a = course.site.supply.limit_a
    most_a = max(limit_a, *(moment.cars[p] + moment.building.get(p, 0.0) for moment in day for p in moment.cars)) * 1.05
    every = max(1, len(day) // POINTS)
    points = day[::every]
    rows = []
    for row, phase in enumerate(phase for phase in PHASES if phase in day[0].cars):
        top = row * (HEIGHT + GAP)

        def line(values: Iterable[float], top: int = top) -> str:
            return " ".join(
                f"{(moment.at_s % DAY_S) / DAY_S * WIDTH:.1f},{top + HEIGHT * (1 - min(1.0, a / most_a)):.1f}"
                for moment, a in zip(points, values, strict=True)
            )

        building = [moment.building.get(phase, 0.0) for moment in points]
        total = [moment.building.get(phase, 0.0) + moment.cars[phase] for moment in points]
        begin, end = (moment.at_s % DAY_S / DAY_S * WIDTH for moment in (points[0], points[-1]))
        floor, y = top + HEIGHT, top + HEIGHT * (1 - limit_a / most_a)
        left, right, colour = f"{begin:.1f},{floor}", f"{end:.1f},{floor}", COLOURS[phase]
        rows.append(
            f'<polygon points="{left} {line(total)} {right}" fill="{colour}" opacity=".75"/>'
            f'<polygon points="{left} {line(building)} {right}" fill="#999"/>'
            f'<line x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#c22"/>'
            f'<text x="4" y="{top + 14}">{phase}</text><text x="{WIDTH - 44}" y="{y - 3:.1f}">{limit_a:.0f} A</text>'
        )
    height = len(rows) * (HEIGHT + GAP) + 14
    hours = "".join(
        f'<text x="{hour / 24 * WIDTH:.0f}" y="{height - 3}">{hour:02}:00</text>' for hour in range(0, 24, 3)
    )
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(rows)}{hours}</svg>'


def _cars(course: Course) -> str:
    head = "<tr><th>EVSE<th>came<th>left<th>phases<th>wanted kWh<th>got kWh<th>share<th>pauses<th>waited<th>cost<th>"
    rows = [_car(course, guest) for guest in sorted(course.guests, key=lambda guest: guest.since)]
    return f"<table>{head}{''.join(rows)}</table>"


def _car(course: Course, guest: Guest) -> str:
    visit = guest.visit
    share = guest.taken_wh / visit.energy_wh
    paid = cost(course.site, guest)
    note = "" if visit.steered else "refuses its limits" if visit.online else "offline"
    mark = ' class="bad"' if share < SATISFIED else ""
    return (
        f"<tr><td>{escape(guest.key[0])}/{guest.key[1]}<td>{_clock(visit.arrives_s)}<td>{_clock(visit.leaves_s)}"
        f"<td>{' '.join(visit.phases)}<td>{visit.energy_wh / 1000:.1f}<td>{guest.taken_wh / 1000:.1f}"
        f"<td{mark}>{share:.0%}<td>{guest.pauses}<td>{_waited(guest)}<td>{paid if paid is not None else ''}<td>{note}"
    )


def _waited(guest: Guest) -> str:
    """How long it waited for a cheap hour."""
    minutes = round(guest.waited_s / 60)
    return f"{minutes // 60}:{minutes % 60:02}" if minutes else ""


def _clock(at_s: float) -> str:
    return f"{int(at_s // DAY_S) + 1}. {int(at_s % DAY_S // 3600):02}:{int(at_s % 3600 // 60):02}"
