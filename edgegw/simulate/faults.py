"""What a virtual station can do otherwise than OCPP says, by name: the faults of real ones. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from edgegw.simulate.profiles import MAXIMUM, TX, TX_DEFAULT, Profile
from edgegw.simulate.transactions import Measured
from edgegw.simulate.words import MODEL, VENDOR


class Make(NamedTuple):
    """What a station says of itself when it boots."""

    vendor: str = VENDOR
    model: str = MODEL
    firmware: str = "1.0"


FAULTS: Final[Mapping[str, str]] = {
    "absolute_refused": "refuses Absolute schedules",
    "ampere_refused": "takes limits in watts alone",
    "clock_unset": "its clock begins with 1970 when it starts",
    "default_refused": "takes no TxDefaultProfile",
    "kwh_as_wh": "its register counts kWh and says Wh",
    "level_zero_only": "takes profiles of stack level 0 alone",
    "level_zero_refused": "takes no profile of stack level 0",
    "local_time": "tells the time of UTC-3 as UTC",
    "max_profile_refused": "takes no profile for the station's maximum",
    "no_current": "tells power and voltages, and no currents",
    "no_power": "tells currents and voltages, and no power",
    "no_units": "leaves out the units of what it measures",
    "one_current": "measures one current, on L1, for all phases",
    "pause_refused": "refuses a limit below 6 A",
    "short_life_refused": "takes no limit that ends within five minutes",
    "tx_profile_refused": "takes no TxProfile",
    "zero_limit_refused": "refuses a limit of 0",
}
"""Name and meaning of each."""

_LEAST: Final = {"A": 6.0, "W": 6.0 * 230.0}

_REFUSES: Final[Mapping[str, Callable[[Profile], bool]]] = {
    "absolute_refused": lambda profile: profile.kind == "Absolute",
    "ampere_refused": lambda profile: profile.unit != "W",
    "default_refused": lambda profile: profile.purpose == TX_DEFAULT,
    "level_zero_only": lambda profile: profile.level != 0,
    "level_zero_refused": lambda profile: profile.level == 0,
    "max_profile_refused": lambda profile: profile.purpose == MAXIMUM,
    "pause_refused": lambda profile: any(limit < _LEAST[profile.unit] for _, limit, _ in profile.periods),
    "short_life_refused": lambda profile: profile.duration_s is not None and profile.duration_s < 300,
    "tx_profile_refused": lambda profile: profile.purpose == TX,
    "zero_limit_refused": lambda profile: any(limit == 0 for _, limit, _ in profile.periods),
}


def refuses(faults: Collection[str], profile: Profile) -> bool:
    """Whether a station with these faults does not take a profile."""
    return any(fault in faults and is_bad(profile) for fault, is_bad in _REFUSES.items())


def faulty(faults: Collection[str], measured: Iterable[Measured]) -> Iterator[Measured]:
    """What a station with these faults tells of what it has measured."""
    for each in measured:
        told = each
        if each.measurand == "Power.Active.Import" and "no_power" in faults:
            continue
        if each.measurand == "Current.Import" and "no_current" in faults:
            continue
        if each.measurand == "Current.Import" and each.phase not in (None, "L1") and "one_current" in faults:
            continue
        if each.measurand == "Energy.Active.Import.Register" and "kwh_as_wh" in faults:
            told = each._replace(value=int(each.value / 1000))
        yield told._replace(unit="") if "no_units" in faults else told


def clock(faults: Collection[str], now: Callable[[], datetime]) -> Callable[[], datetime]:
    """The clock of a station with these faults."""
    if "local_time" in faults:
        return lambda: now() - timedelta(hours=3)
    if "clock_unset" in faults:
        began_at, epoch = now(), datetime(1970, 1, 1, tzinfo=UTC)
        return lambda: epoch + (now() - began_at)
    return now
