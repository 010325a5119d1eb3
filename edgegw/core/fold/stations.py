"""What facts change in the rows of stations and their connectors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from edgegw.core.fold.folds import Folds
from edgegw.core.fold.quirks import outdated
from edgegw.core.fold.security import pinned
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, ConnectorState, State, StationState
from edgegw.model.value import changed

SET_BACK: Final = timedelta(seconds=60)


def _station(state: State, fact: f.StationFact, **fields: Any) -> Changes:
    old = state.stations.get(fact.station) or StationState(fact.station)
    return (Change("stations", fact.station, changed(old, changed_at=fact.at, **fields)),)


def _booted(state: State, fact: Any) -> Changes:
    station = _station(
        state, fact, registration=fact.status, ocpp=fact.ocpp, vendor=fact.vendor, model=fact.model,
        firmware=fact.firmware, serial=fact.serial, booted_at=fact.at, alerts=(), **pinned(state, fact),
    )  # fmt: skip
    return (*station, *outdated(state, fact))


def _fell_silent(state: State, fact: Any) -> Changes:
    old = state.stations.get(fact.station)
    return _station(state, fact, silent_since=old.silent_since if old and old.silent_since else fact.at)


def _accepted(state: State, fact: f.StationAccepted) -> Changes:
    old = state.stations.get(fact.station)
    serial = old.foreign_serial or old.pinned_serial if old is not None else None
    return _station(
        state, fact, admitted=True, boot=None, registration="accepted", pinned_serial=serial, foreign_serial=None
    )


def _set(state: State, fact: Any) -> Changes:
    if fact.as_configured:
        return _station(state, fact, boot=None, admitted=None, security_profile=None, password=None)
    said: dict[str, Any] = {
        name: each for name in ("security_profile", "password") if (each := getattr(fact, name)) is not None
    }
    if fact.boot is not None:
        admitted = {"accepted": True, "rejected": False, "pending": None}[fact.boot]
        said |= {"boot": fact.boot, "registration": fact.boot, "admitted": admitted}
    return _station(state, fact, **said)


def _clock_off(state: State, fact: f.StationClockOff) -> Changes:
    return _station(state, fact, skew_s=fact.skew_s, clock_fault=fact.fault, skew_since=fact.at)


def is_outdated(state: State, fact: f.StationStatusChanged) -> bool:
    """Whether a newer status of the connector is known: what waited at the station, and comes behind it, is history.

    A station's clock may be set back a little between two of them, so less than SET_BACK does not count.
    """
    known = state.connectors.get(_place(fact))
    return known is not None and known.at - fact.at > SET_BACK


def _place(fact: f.StationStatusChanged) -> str:
    return f"{fact.station}/{fact.evse}/{fact.connector}"


def _status(state: State, fact: Any) -> Changes:
    if is_outdated(state, fact):
        return ()
    key = _place(fact)
    row = ConnectorState(fact.station, fact.evse, fact.connector, fact.status, fact.at, fact.error)
    return (Change("connectors", key, row),)


FOLDS: Folds = {
    f.StationConnected: lambda s, x: _station(s, x, connected=True, ocpp=x.ocpp, address=x.address),
    f.StationDisconnected: lambda s, x: _station(s, x, connected=False),
    f.StationBooted: _booted,
    f.StationAccepted: _accepted,
    f.StationRejected: lambda s, x: _station(s, x, admitted=False, boot=None, registration="rejected"),
    f.StationClockOff: _clock_off,
    f.StationClockRight: lambda s, x: _station(s, x, skew_s=x.skew_s, clock_fault=None, skew_since=x.at),
    f.StationFellSilent: _fell_silent,
    f.StationAnsweredAgain: lambda s, x: _station(s, x, silent_since=None),
    f.StationSet: _set,
    f.StationStatusChanged: _status,
}
