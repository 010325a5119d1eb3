"""What a meter says whose current transformers are all the wrong way round (`invert` of its settings). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import copysign
from typing import Final

COUNTERS: Final = {"import_wh": "export_wh", "export_wh": "import_wh"}


def turned(values: Mapping[str, float]) -> dict[str, float]:
    """`values` as they would be with the transformers the right way round.

    Powers change their sign, import and export change places. Most meters tell amperes without a direction, so a
    current gets that of its phase's power; where that was not read with it, it counts as import: that is never too
    little. The imports of single phases, which have no export to change places with, are left out.
    """
    found: dict[str, float] = {}
    for quantity, number in values.items():
        if quantity in COUNTERS:
            found[COUNTERS[quantity]] = number
        elif (quantity.startswith("power_") and quantity.endswith("_w")) or quantity == "reactive_var":
            found[quantity] = -number
        elif quantity.startswith("current_l"):
            watts = -values.get(quantity.replace("current", "power").replace("_a", "_w"), -1.0)
            found[quantity] = copysign(number, watts) if watts else abs(number)
        elif not (quantity.startswith("import_l") and quantity.endswith("_wh")):
            found[quantity] = number
    return found
