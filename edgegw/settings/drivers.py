"""What the drivers of the site's meters say about its configuration."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from edgegw.settings.document import Key
from edgegw.settings.schema import Settings

# The catalogue is imported where it is needed: it brings a schema validator, which `run` needs later.


def wrong_driver(name: str) -> str | None:
    """Why the meter driver `name` cannot be used, for people; None when it can."""
    from edgegw.meters.drivers import DriverCatalogue, DriverError

    try:
        DriverCatalogue().get(name)
    except DriverError as error:
        return str(error)
    return None


def unverified(settings: Settings) -> Iterator[tuple[Key, str]]:
    """Meters whose map has one source only."""
    from edgegw.meters.drivers import DriverCatalogue, DriverError

    for index, meter in enumerate(settings.meters):
        with contextlib.suppress(DriverError):
            if DriverCatalogue().get(meter.driver).unverified:
                text = f"nobody has verified this map: try the meter with `edgegw drivers read {meter.driver}`"
                yield ("meters", index, "driver"), text


def without_direction(settings: Settings) -> Iterator[tuple[Key, str]]:
    """Inverted meters of which not all can be turned, because they do not tell both directions."""
    from edgegw.meters.drivers import DriverCatalogue, DriverError, layouts

    for index, meter in enumerate(settings.meters):
        with contextlib.suppress(DriverError):
            driver = DriverCatalogue().get(meter.driver)
            has = {point.quantity for one in layouts(driver) for point in one.points}
            lacking = [f"watts of L{n}" for n in (1, 2, 3) if f"current_l{n}_a" in has and f"power_l{n}_w" not in has]
            lacking += ["counter of export"] if "import_wh" in has and "export_wh" not in has else []
            if meter.invert and lacking:
                text = f"{driver.title} has no {', no '.join(lacking)} to turn: turn its current transformers instead"
                yield ("meters", index, "invert"), text


def without_amperes(settings: Settings) -> Iterator[tuple[Key, str]]:
    """Meters that load management needs and cannot use, because they have no amperes of each phase."""
    from edgegw.meters.drivers import DriverCatalogue, DriverError, layouts

    if settings.supply is None:
        return
    for index, meter in enumerate(settings.meters):
        if meter.measures.partition(":")[0] not in ("supply", "circuit"):
            continue
        with contextlib.suppress(DriverError):
            driver = DriverCatalogue().get(meter.driver)
            has = {point.quantity for one in layouts(driver) for point in one.points}
            lacking = [f"L{n}" for n in range(1, settings.supply.phases + 1) if f"current_l{n}_a" not in has]
            if lacking:
                text = f"{driver.title} has no amperes of {', '.join(lacking)}: the stations get their fallback only"
                yield ("meters", index, "driver"), text
