"""How a file of `drivers/meters` becomes a Driver. Where it is found: `edgegw.driverfiles`; its form:
`schema/meter.json`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from edgegw.driverfiles import SHIPPED_DRIVERS, Catalogue, DriverError, Where, checked
from edgegw.meters.plan import Unreadable, cost, plan
from edgegw.meters.registers import Driver, Identity, Point, RawType, SerialSettings

__all__ = ["SHIPPED_DRIVERS", "DriverCatalogue", "DriverError", "load"]


class DriverCatalogue(Catalogue[Driver]):
    """The meter drivers of this machine."""

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        super().__init__("meters", "meter driver", load, folders)


def load(path: Path) -> Driver:
    """Read one driver file. Raises DriverError naming the file, the line and every key that is wrong."""
    driver = _driver(path.stem, checked(path, "meter.json", _doubles))
    try:
        plan(driver, cost(driver, driver.serial))
    except Unreadable as error:
        raise DriverError(f"{path}: points: {error}") from None
    return driver


def _doubles(content: Any) -> Iterator[tuple[Where, str]]:
    """Each point of a quantity that has one already."""
    if not isinstance(content, dict) or not isinstance(points := content.get("points"), list):
        return
    seen: set[Any] = set()
    for index, point in enumerate(points):
        quantity = point.get("quantity") if isinstance(point, dict) else None
        if quantity is not None and quantity in seen:
            yield ("points", index, "quantity"), f"{quantity!r} stands here twice"
        seen.add(quantity)


def _driver(name: str, content: dict[str, Any]) -> Driver:
    """`content`, which has passed the schema, as a Driver."""
    identify, serial = content.get("identify"), content.get("serial")
    sentinels: dict[RawType, list[int]] = content.get("sentinels", {})
    return Driver(
        name=name,
        title=content["title"],
        word_order=content["word_order"],
        max_registers=content["max_registers"],
        points=tuple(Point(**{"function": content["function"], **point}) for point in content["points"]),
        answer_max_s=content["answer_ms"]["max"] / 1000,
        answer_typical_s=content["answer_ms"].get("typical", 0) / 1000,
        silence_s=content.get("silence_ms", 0) / 1000,
        even_only=content.get("even_only", False),
        barriers=frozenset(content.get("barriers", ())),
        sentinels={type_: frozenset(raws) for type_, raws in sentinels.items()},
        identity=Identity(**identify) if identify else None,
        serial=SerialSettings(**serial) if serial else None,
        unit=content.get("unit", 1),
        tier=content["tier"],
        confidence=content["confidence"],
        models=tuple(content.get("models", ())),
        setup=tuple(content.get("setup", ())),
        sources=tuple(content["sources"]),
    )
