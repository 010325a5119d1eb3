"""The meters that are known, for people: a line of the list, the table of the README.

The table is made by `edgegw drivers list --markdown`; a test holds the README to it.
"""

from __future__ import annotations

from collections.abc import Iterable

from edgegw.meters.drivers import layouts
from edgegw.meters.registers import Driver

HEAD = (
    "| Meter | Name in the file | Reached by | As delivered | Reads | Map |",
    "|---|---|---|---|---|---|",
)


def markdown(drivers: Iterable[Driver]) -> str:
    """The table of the README; without a line end."""
    return "\n".join([*HEAD, *(_row(driver) for driver in drivers)])


def factory(driver: Driver) -> str:
    """What its meters are set to as delivered."""
    return f"unit {driver.unit}, {driver.serial}" if driver.serial else f"unit {driver.unit}"


def quantities(driver: Driver) -> str:
    """What a sample has of load management's needs."""
    points = [point for one in layouts(driver) for point in one.points if point.group == "fast"]
    phases = {point.quantity.split("_")[1] for point in points if point.quantity.startswith("current_l")}
    return {3: "three phases", 1: "one phase", 0: "total power"}[len(phases)]


def _row(driver: Driver) -> str:
    links = ", ".join(link.upper() for link in driver.links)
    names = ", ".join(f"`{name}`" for name in (driver.name, *driver.aliases))
    sure = "**unverified**" if driver.unverified else driver.confidence
    unsure = sorted({point.quantity for one in layouts(driver) for point in one.points if point.unverified})
    but = f"; unverified: {', '.join(unsure)}" if unsure else ""
    cells = driver.title, names, links, factory(driver), quantities(driver), f"{driver.tier}, {sure}{but}"
    return f"| {' | '.join(cells)} |"
