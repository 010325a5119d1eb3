"""Readings: what a meter or a station's meter said at one moment. Curves stand on these, bills on facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from edgegw.model.value import value

Quality = Literal["good", "suspect", "stale"]

QUANTITIES: tuple[str, ...] = (
    "import_wh", "export_wh", "import_l1_wh", "import_l2_wh", "import_l3_wh",
    "power_w", "power_l1_w", "power_l2_w", "power_l3_w",
    "current_l1_a", "current_l2_a", "current_l3_a", "current_n_a",
    "voltage_l1_v", "voltage_l2_v", "voltage_l3_v",
    "frequency_hz", "offered_a", "offered_w", "soc_percent", "temperature_c", "power_factor",
    "reactive_var", "apparent_va",
)  # fmt: skip
"""Names of values. Import is from the grid at a site meter and into the vehicle at an EVSE. Energies are int Wh."""


@value()
class MeterSample:
    """One reading of one source at one moment.

    `source` is `meters/{id}` or `stations/{station}/{evse}`; EVSE 0 is the station's own main meter. `values` maps
    names of QUANTITIES to numbers; energies are whole Wh. Phases are the site's.
    """

    source: str
    at: datetime
    values: Mapping[str, float]
    quality: Quality = "good"


@value()
class Latest:
    """The newest sample of a source and its age in seconds by the monotonic clock."""

    sample: MeterSample
    age_s: float
