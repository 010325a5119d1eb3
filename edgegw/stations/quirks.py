"""Quirks: what a family of stations does otherwise than OCPP says, as values that each place asks for what it needs.

A quirk comes from files of `drivers/stations`, matched on what BootNotification says, or from what was seen at run time
(`LEARNED`). Several may apply: of a key that more than one sets, the one that matches most closely counts; lists add
up. Nothing here may raise a limit or lower a bill: what a quirk changes about a limit makes it the same or less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from edgegw.model.value import value

FIELDS: Final = ("vendor", "model", "firmware")
"""What a station is recognised by."""


@value(kw_only=True)
class Meaning:
    """What a sampled value of this `measurand`, `unit` and `phase` really is; None: whatever it has.

    An empty text is a field that the station leaves out, so `as_phase=""` is a value for all phases. `factor`
    multiplies the number, -1 turns its sign.
    """

    measurand: str | None = None
    unit: tuple[str, ...] | None = None
    phase: str | None = None
    as_measurand: str | None = None
    as_unit: str | None = None
    as_phase: str | None = None
    factor: float = 1.0


@value(kw_only=True)
class Quirk:
    """What is peculiar about one station; the defaults are what OCPP says. `names` are the files and what was learned.

    Limits: `pause_a` is what holds charging back at a station that refuses a limit of 0 (less than 6 A cannot be
    signalled to a car, IEC 61851-1); `rate_unit` the only unit that it takes; `relative_only`: it refuses Absolute
    schedules; `least_life_s`: it takes no set point that ends sooner; stack levels from `min_stack_level` to
    `max_stack_level`; `refused_purposes` in OCPP 2.x's words.
    Values: `phases_reported`: its meter's L1 is its first terminal, or the site's L1; `meanings` of sampled values;
    `power_from_currents`: it measures no power, so that is worked out.
    Connection: `pings`: it answers them; `boot_on_request`: TriggerMessage(BootNotification) does no harm;
    `quiet_after_boot_s`: no CALL so soon after its boot was answered; `local_time`: its times without zone are the
    site's own.
    """

    names: tuple[str, ...] = ()
    pause_a: float | None = None
    rate_unit: Literal["A", "W"] = "A"
    relative_only: bool = False
    least_life_s: int = 0
    min_stack_level: int = 0
    max_stack_level: int | None = None
    refused_purposes: tuple[str, ...] = ()
    phases_reported: Literal["terminals", "site"] = "terminals"
    meanings: tuple[Meaning, ...] = ()
    power_from_currents: bool = False
    pings: bool = True
    boot_on_request: bool = True
    quiet_after_boot_s: float = 0.0
    local_time: bool = False
    notes: tuple[str, ...] = ()
    """What an installer should know, one sentence each."""


PLAIN: Final = Quirk()
"""A station as OCPP has it."""


@value(kw_only=True)
class Family:
    """A file of `drivers/stations`: `match` has globs by field of FIELDS, `does` the keys of Quirk that it sets."""

    name: str
    title: str
    match: Mapping[str, tuple[str, ...]]
    does: Mapping[str, Any]
    sources: tuple[str, ...]

    def closeness(self, boot: Mapping[str, str | None]) -> int | None:
        """How closely a boot's vendor, model and firmware fit, None when they don't: a field counts more than
        letters, and letters more than `*`. Case does not count, nor do spaces around."""
        found = 0
        for field, globs in self.match.items():
            text = (boot.get(field) or "").strip().casefold()
            fitting = [glob for glob in globs if fnmatchcase(text, glob.casefold())]
            if not fitting:
                return None
            found += 1000 + max(sum(letter not in "*?" for letter in glob) for glob in fitting)
        return found


ENERGY: Final = "Energy.Active.Import.Register"

LEARNED: Final[Mapping[str, Mapping[str, Any]]] = {
    "kwh_as_wh": {"meanings": (Meaning(measurand=ENERGY, unit=("Wh", ""), as_unit="kWh"),)},
    "no_absolute": {"relative_only": True},
    "no_ampere": {"rate_unit": "W"},
    "no_pong": {"pings": False},
    "no_zero_limit": {"pause_a": 0.1},
}
"""What may be learned at run time, and what it sets. A file of `drivers/stations` has the last word."""

_LISTS: Final = frozenset({"meanings", "notes", "refused_purposes"})
_KNOWN: Final = frozenset(field.name for field in fields(Quirk)) - {"names"}


def recognised(families: Iterable[Family], boot: Mapping[str, str | None]) -> tuple[Family, ...]:
    """The families that a boot fits, the closest first."""
    found = [(family.closeness(boot), family) for family in families]
    fitting = [(closeness, family) for closeness, family in found if closeness is not None]
    return tuple(family for _, family in sorted(fitting, key=lambda pair: (-pair[0], pair[1].name)))


def put_together(families: Iterable[Family], learned: Iterable[str] = ()) -> Quirk:
    """The quirk of a station: its families, the closest first, then what was learned of it."""
    parts = [(family.name, family.does) for family in families]
    parts += [(name, LEARNED[name]) for name in sorted(learned) if name in LEARNED]
    if not parts:
        return PLAIN
    found: dict[str, Any] = {}
    for _, does in parts:
        for key, what in does.items():
            assert key in _KNOWN, f"no place asks for {key}"
            if key in _LISTS:
                found[key] = (*found.get(key, ()), *what)
            else:
                found.setdefault(key, what)
    return Quirk(names=tuple(dict.fromkeys(name for name, _ in parts)), **found)


def with_learned(quirk: Quirk, name: str) -> Quirk:
    """`quirk` as it would be with one more that is learned."""
    known = {field.name: getattr(quirk, field.name) for field in fields(Quirk)}
    return Quirk(**{**known, **LEARNED[name], "names": (*quirk.names, name)})


def effects(quirk: Quirk) -> dict[str, Any]:
    """What a quirk changes, key by key, as plain values to show."""
    shown: dict[str, Any] = {}
    for field in fields(Quirk):
        what = getattr(quirk, field.name)
        if field.name not in ("names", "notes") and what != getattr(PLAIN, field.name):
            shown[field.name] = [_plain(each) for each in what] if isinstance(what, tuple) else what
    return shown


def _plain(what: Any) -> Any:
    if not isinstance(what, Meaning):
        return what
    told = {field.name: getattr(what, field.name) for field in fields(Meaning)}
    return {name: list(each) if isinstance(each, tuple) else each for name, each in told.items()
            if each is not None and (name, each) != ("factor", 1.0)}  # fmt: skip
