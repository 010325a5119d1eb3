"""How a file of `drivers/meters` becomes a Driver. Where it is found: `edgegw.driverfiles`; its form:
`schema/meter.json`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgegw.driverfiles import SHIPPED_DRIVERS, Catalogue, DriverError, Where, checked
from edgegw.meters.plan import Unreadable, cost, plan
from edgegw.meters.registers import (
    WORDS,
    Discovery,
    Driver,
    Identity,
    Known,
    Layout,
    Point,
    RawType,
    SerialSettings,
)

__all__ = ["SHIPPED_DRIVERS", "DriverCatalogue", "DriverError", "layouts", "load"]


class DriverCatalogue(Catalogue[Driver]):
    """The meter drivers of this machine; `get` and `path` know them by their aliases as well."""

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        super().__init__("meters", "meter driver", load, folders)
        self._aliases: dict[str, str] | None = None

    def path(self, name: str) -> Path:
        """The file of the driver that `name` names. Raises DriverError with the nearest names when there is none."""
        if name not in self.names():
            name = self.aliases().get(name, name)
        return super().path(name)

    def known(self) -> list[str]:
        return sorted({*self.names(), *self.aliases()})

    def aliases(self) -> dict[str, str]:
        """Alias -> name of its driver; a file that is wrong has none."""
        if self._aliases is None:
            self._aliases = {}
            for name in self.names():
                with contextlib.suppress(DriverError):
                    self._aliases.update(dict.fromkeys(self.get(name).aliases, name))
        return self._aliases


def load(path: Path) -> Driver:
    """Read one driver file. Raises DriverError naming the file, the line and every key that is wrong."""
    driver = _driver(path.stem, checked(path, "meter.json", _doubles))
    try:
        for one in layouts(driver):
            plan(one, cost(one, driver.serial))
    except Unreadable as error:
        raise DriverError(f"{path}: points: {error}") from None
    return driver


def layouts(driver: Driver) -> Iterator[Driver]:
    """`driver`, or each form that its meters may take where that is found at the meter, as if it began at address 0."""
    if driver.discovery is None:
        yield driver
    else:
        for layout in driver.discovery.layouts:
            yield replace(driver, points=layout.points, discovery=None)


def _doubles(content: Any) -> Iterator[tuple[Where, str]]:
    """Each point of a quantity that has one already."""
    if not isinstance(content, dict):
        return
    yield from _double_points(("points",), content.get("points"))
    groups = content.get("layouts")
    for index, layout in enumerate(groups if isinstance(groups, list) else ()):
        if isinstance(layout, dict):
            yield from _double_points(("layouts", index, "points"), layout.get("points"))


def _double_points(where: Where, points: Any) -> Iterator[tuple[Where, str]]:
    seen: set[Any] = set()
    for index, point in enumerate(points if isinstance(points, list) else ()):
        quantity = point.get("quantity") if isinstance(point, dict) else None
        if quantity is not None and quantity in seen:
            yield (*where, index, "quantity"), f"{quantity!r} stands here twice"
        seen.add(quantity)


def _driver(name: str, content: dict[str, Any]) -> Driver:
    """`content`, which has passed the schema, as a Driver."""
    serial, chain = content.get("serial"), content.get("discovery")
    function = content["function"]
    found = tuple(Layout(tuple(one["models"]), _points(one["points"], function)) for one in content.get("layouts", ()))
    return Driver(
        name=name,
        title=content["title"],
        word_order=content["word_order"],
        max_registers=content["max_registers"],
        points=_points(content.get("points", ()), function),
        answer_max_s=content["answer_ms"]["max"] / 1000,
        answer_typical_s=content["answer_ms"].get("typical", 0) / 1000,
        silence_s=content.get("silence_ms", 0) / 1000,
        even_only=content.get("even_only", False),
        barriers=frozenset(content.get("barriers", ())),
        sentinels={type_: frozenset(_numbers(type_, raws)) for type_, raws in content.get("sentinels", {}).items()},
        identity=_identity(content.get("identify")),
        serial=SerialSettings(**serial) if serial else None,
        unit=content.get("unit", 1),
        links=tuple(content["links"]),
        counters_saved_s=content.get("counters_saved_s", 0),
        discovery=Discovery(function, tuple(chain["bases"]), found) if chain else None,
        tier=content["tier"],
        confidence=content["confidence"],
        aliases=tuple(content.get("aliases", ())),
        models=tuple(content.get("models", ())),
        setup=tuple(content.get("setup", ())),
        sources=tuple(content["sources"]),
    )


def _points(points: Iterable[dict[str, Any]], function: int) -> tuple[Point, ...]:
    return tuple(Point(**{"function": function, **point, "plus": tuple(point.get("plus", ()))}) for point in points)


def _numbers(type_: RawType, patterns: Iterable[int]) -> Iterator[int]:
    """`patterns`, written as the registers hold them, as numbers of `type_`."""
    bits = 16 * WORDS[type_]
    for pattern in patterns:
        yield pattern - (1 << bits) if type_.startswith("s") and pattern >> (bits - 1) else pattern


def _identity(content: dict[str, Any] | None) -> Identity | None:
    if content is None:
        return None
    return Identity(**{**content, "known": tuple(Known(**one) for one in content.get("known", ()))})
