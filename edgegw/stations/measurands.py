"""What a station's sampled values mean: units scaled, phases turned into the site's, defaults filled in.

Readings are the hot path of the gateway: a MeterValues of nine values takes some 10 us. What a combination of
measurand, phase, unit, location and multiplier means at an EVSE is worked out once and kept in a table (a Column each);
after that a value costs one look-up, one `float` and one store (`edgegw.stations.samples`).

Rules (OCPP 1.6 section 7, SampledValue; OCPP 2.0.1 part 2, SampledValueType; docs/decisions/0030 and 0031):

- No measurand is Energy.Active.Import.Register; no unit is Wh, W, A, V, Hz or Celsius; no location is Outlet, and of
  the others only those count where the value is the same, such as a battery's state of charge.
- `L1` is the first terminal of the EVSE, whose site phase the configuration names, unless `reports_phases` says that
  the station's meter names the phases otherwise. An EVSE on one phase has one, whatever its meter calls it.
- A current or voltage without phase holds for every phase of the EVSE, when no phase is reported by itself.
- A power or register without total is the sum of its phases.
- What a station's quirk says of a value (`quirks.Meaning`) counts before what the value says of itself.
- Letter case and punctuation do not count in a measurand, a phase or a location.
- What is not known, or is no number, is left out; the rest of the frame counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from edgegw.model.site import Evse, Phase
from edgegw.stations.quirks import Meaning
from edgegw.stations.spellings import nearest

Key = tuple[str | None, str | None, str | None, str | None, Any]
"""Measurand, phase, unit, location, and 1.6's format or 2.x's multiplier."""

REGISTER: Final = "import_wh"
DEFAULT_MEASURAND: Final = "Energy.Active.Import.Register"
SIGNED: Final = "SignedData"
"""1.6's format of a signed value, in the place of the multiplier in a Key."""

PLAIN, SCALED, ENERGY, LARGEST, ASIDE, SEALED = range(6)
"""What to do with a value: store it; scale it; scale it to whole Wh; keep the largest; put it aside until all values
are seen; nothing, as it is signed and `readings` looks at it."""

MAX_COLUMNS: Final = 500
"""Combinations kept for an EVSE's wiring; a station that invents new ones pays for each itself."""

MOST_WH: Final = 10**15
"""No register counts this far. What does, by a broken meter or a wrong multiplier, is no register, and a number beyond
64 bits could not be kept at all."""

DC_CONNECTORS: Final = frozenset(
    {"cCCS1", "cCCS2", "cChaoJi", "cG105", "cGBT-DC", "cLECCS", "cMCS", "cUltraChaoJi", "OppCharge", "Pan"}
)
"""2.x ConnectorEnumType values with direct current: what flows there is on none of the site's phases."""

_PHASE_OF: Final = {"L1": 0, "L2": 1, "L3": 2, "L1-N": 0, "L2-N": 1, "L3-N": 2}

_PHASES: Final = (*_PHASE_OF, "N", "L1-L2", "L2-L3", "L3-L1")
_ANYWHERE: Final = frozenset({None, "Outlet", "Body", "Cable", "EV", "Inlet", "Upstream"})
_OUTLET: Final = frozenset({None, "Outlet"})

_WH: Final = {"wh": 1.0, "kwh": 1e3, "mwh": 1e6}
_W: Final = {"w": 1.0, "kw": 1e3, "mw": 1e6}
_A: Final = {"a": 1.0, "ma": 1e-3}


class Column(NamedTuple):
    """Where a value goes: value * factor + offset into `name`, treated as `kind` says."""

    name: str
    kind: int
    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Measurand:
    """How a measurand is kept: `by_phase` is the name of one phase's value, None when only the total is kept; `common`
    means that a phase's value is the total as well."""

    total: str
    units: Mapping[str, float]
    by_phase: str | None = None
    locations: frozenset[str | None] = _OUTLET
    sign: str = ""
    common: bool = False


MEASURANDS: Final[Mapping[str, Measurand]] = {
    DEFAULT_MEASURAND: Measurand(REGISTER, _WH, "import_{}_wh"),
    "Energy.Active.Export.Register": Measurand("export_wh", _WH),
    "Power.Active.Import": Measurand("power_w", _W, "power_{}_w"),
    "Power.Active.Export": Measurand("power_w", _W, "power_{}_w", sign="-"),
    "Power.Offered": Measurand("offered_w", _W),
    "Power.Import.Offered": Measurand("offered_w", _W),
    "Power.Reactive.Import": Measurand("reactive_var", {"var": 1.0, "kvar": 1e3}),
    "Power.Factor": Measurand("power_factor", {"": 1.0, "percent": 0.01}),
    "Current.Import": Measurand("~current", _A, "current_{}_a"),
    "Current.Export": Measurand("~current", _A, "current_{}_a", sign="-"),
    "Current.Offered": Measurand("offered_a", _A, common=True),
    "Current.Import.Offered": Measurand("offered_a", _A, common=True),
    "Voltage": Measurand("~voltage", {"v": 1.0, "kv": 1e3}, "voltage_{}_v"),
    "Frequency": Measurand("frequency_hz", {"hz": 1.0, "hertz": 1.0}, common=True),
    "SoC": Measurand("soc_percent", {"percent": 1.0, "%": 1.0}, locations=_ANYWHERE, common=True),
    "Temperature": Measurand(
        "temperature_c",
        {"celsius": 1.0, "celcius": 1.0, "k": 1.0, "fahrenheit": 5 / 9},
        locations=frozenset({None, "Outlet", "Body", "Cable"}),
        common=True,
    ),
}
"""Measurands that are kept, with their units (casefolded; the first is what no unit means). `~` is for all phases."""


class Table(dict[Key, Column | None]):
    """What each combination of a sampled value's fields means at an EVSE wired like this; None: it is left out.

    `phases` are the site phases of the EVSE, `reported` what the meter's L1, L2, L3 are, `line` a single load between
    two phases, `direct` direct current. `meanings` are the station's quirks; `works_out_power`: it tells none.
    """

    __slots__ = ("direct", "line", "meanings", "phases", "reported", "works_out_power")

    def __init__(
        self,
        phases: tuple[Phase, ...],
        reported: tuple[Phase, ...],
        line: bool,
        direct: bool,
        meanings: tuple[Meaning, ...] = (),
        works_out_power: bool = False,
    ) -> None:
        super().__init__()
        self.phases = phases
        self.reported = reported
        self.line = line
        self.direct = direct
        self.meanings = meanings
        self.works_out_power = works_out_power

    def __missing__(self, key: Key) -> Column | None:
        column = self._meant(*key) if self.meanings else self._column(*key)
        if len(self) < MAX_COLUMNS:
            self[key] = column
        return column

    def _meant(
        self, measurand: str | None, phase: str | None, unit: str | None, location: str | None, last: Any
    ) -> Column | None:
        for each in self.meanings:
            if (
                each.measurand in (None, measurand or DEFAULT_MEASURAND)
                and (each.unit is None or (unit or "") in each.unit)
                and each.phase in (None, phase or "")
            ):
                measurand = each.as_measurand or measurand
                unit = each.as_unit or unit
                phase = phase if each.as_phase is None else each.as_phase or None
                column = self._column(measurand, phase, unit, location, last)
                if column is None or each.factor == 1.0:
                    return column
                kind = SCALED if column.kind == PLAIN else column.kind
                return Column(column.name, kind, column.factor * each.factor, column.offset)
        return self._column(measurand, phase, unit, location, last)

    def _column(
        self, measurand: str | None, phase: str | None, unit: str | None, location: str | None, last: Any
    ) -> Column | None:
        measurand, phase, location = _meant(measurand, MEASURANDS), _meant(phase, _PHASES), _meant(location, _ANYWHERE)
        about = MEASURANDS.get(measurand or DEFAULT_MEASURAND)
        if about is None or location not in about.locations:
            return None
        if last == SIGNED:
            return Column(about.total, SEALED)
        unit = unit.casefold() if unit else next(iter(about.units))
        multiplier = 0 if last is None or isinstance(last, str) else int(last)
        if unit not in about.units or abs(multiplier) > 9:
            return None
        name = self._name(about, phase)
        if name is None:
            return None
        factor = about.units[unit] * 10.0**multiplier
        offset = {"k": -273.15, "fahrenheit": -160 / 9}.get(unit, 0.0) if about.total == "temperature_c" else 0.0
        if name[0] in "~-":
            return Column(name, ASIDE, factor)
        if name.endswith("_wh"):
            return Column(name, ENERGY, factor)
        if phase is not None and not offset and (len(self.phases) == 1 or about.total == "offered_a"):
            return Column(name, LARGEST, factor)  # terminals of the meter that are not connected read about 0
        return Column(name, PLAIN if factor == 1.0 and not offset else SCALED, factor, offset)

    def _name(self, about: Measurand, phase: str | None) -> str | None:
        """The name of a value's column; names that begin with `-` or `~` are settled once all values are seen."""
        current, voltage = about.total == "~current", about.total == "~voltage"
        if phase == "N":
            return "current_n_a" if current and not about.sign else None
        if self.direct and (current or voltage) and phase is None:
            return None
        if self.line and voltage:
            return None  # the car's voltage is between two phases; ours are to neutral
        if self.line and about.by_phase is not None and (current or phase is not None):
            return f"{about.sign}{about.total if current else f'~{about.total}'}/{phase or ''}"
        if about.by_phase is None:
            own = phase in _PHASE_OF and (about.common or len(self.phases) == 1)
            return about.total if phase is None or own else None
        if phase is None:
            if (current or voltage) and len(self.phases) == 1:
                return about.sign + about.by_phase.format(self.phases[0].lower())
            return about.sign + about.total
        site_phase = self._site_phase(phase)
        return about.sign + about.by_phase.format(site_phase.lower()) if site_phase is not None else None

    def _site_phase(self, phase: str) -> Phase | None:
        terminal = _PHASE_OF.get(phase)
        if terminal is None:
            return None
        if len(self.phases) == 1:
            return self.phases[0]
        found = self.reported[terminal] if terminal < len(self.reported) else None
        return found if found in self.phases else None


def _meant(word: str | None, words: Iterable[str | None]) -> str | None:
    """A field of a sampled value as OCPP spells it; a word that it does not have stays."""
    if not isinstance(word, str):
        return word
    return nearest(word, (each for each in words if each is not None)) or word


def is_direct(evse: Evse) -> bool:
    """Whether every connector of the EVSE gives direct current."""
    return bool(evse.connectors) and all(connector.type in DC_CONNECTORS for connector in evse.connectors)
