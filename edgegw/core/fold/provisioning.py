"""What facts change in the rows of what the gateway keeps at stations: settings, the local list, availability."""

from __future__ import annotations

from typing import Any

from edgegw.core.fold.folds import Folds
from edgegw.model import facts as f
from edgegw.model.state import Change, Changes, HeldList, InventoryState, ProvisionedState, State, WantedAvailability


def _provisioned(state: State, fact: Any) -> Changes:
    row = ProvisionedState(fact.station, fact.at, fact.digest, tuple(fact.settings))
    return (Change("provisioned", fact.station, row),)


def _list_sent(state: State, fact: Any) -> Changes:
    row = HeldList(fact.station, fact.at, fact.version, fact.digest, fact.entries, fact.reason)
    return (Change("held_lists", fact.station, row),)


def _inventory(state: State, fact: Any) -> Changes:
    row = InventoryState(fact.station, fact.at, fact.digest, fact.reason)
    return (Change("inventories", fact.station, row),)


def _wanted(state: State, fact: Any) -> Changes:
    """What is wanted of a whole says the same of its parts, so older words on these go. In use is how a station is
    that nobody has spoken of."""
    place = f"{fact.station}/"
    place += f"{fact.evse}/" if fact.evse else ""
    place += str(fact.connector) if fact.evse and fact.connector else ""
    key = f"{fact.station}/{fact.evse}/{fact.connector}"
    gone = [
        Change("availability", old, None)
        for old, row in state.availability.items()
        if row.station == fact.station and old != key and (old == place or (old.startswith(place) and place[-1] == "/"))
    ]
    row = WantedAvailability(fact.station, fact.evse, fact.connector, fact.operative, fact.at, fact.by)
    return (*gone, Change("availability", key, row))


FOLDS: Folds = {
    f.StationProvisioned: _provisioned,
    f.LocalListSent: _list_sent,
    f.AvailabilityWanted: _wanted,
    f.InventoryTaken: _inventory,
}
