"""The bays that a kiosk speaks for: what each is called aloud, and how it stands. Pure.

A bay is one EVSE. Its station's name is what drivers call it by; where a station has several, the number of the outlet
stands behind it. Of two stations of one name, of one that is called like the
id of another, and of one without, the id is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import Literal

from edgegw.core.kiosk.quoting import plain
from edgegw.model.kiosk import KioskTerms
from edgegw.model.site import Site
from edgegw.model.state import ConnectorState, State, Transaction
from edgegw.model.value import value

BayState = Literal[
    "free", "plugged", "charging", "paused", "in_use", "finishing", "reserved", "out_of_order", "offline", "unknown"
]
"""`plugged`: a cable is in and nothing runs. `paused`: a charge goes on without current. `finishing`: a charge is over
and its cable still in. `offline`: the station has no connection, so nobody knows."""


ID_MOST = 255


@value()
class Bay:
    """One EVSE as it stands. `transaction` is the hub's id of what runs there."""

    station: str
    evse: int
    label: str
    state: BayState
    transaction: str | None = None


def labels(site: Site, terms: KioskTerms) -> dict[str, str]:
    """What each station of the kiosk is called, by its id, in the order of the file."""
    ids = [id for id in site.stations if not terms.stations or id in terms.stations]
    names = {id: plain(site.stations[id].name) or plain(id, ID_MOST) for id in ids}
    taken = Counter(name.casefold() for name in names.values())
    taken.update(id.casefold() for id, name in names.items() if name.casefold() != id.casefold())
    return {id: name if taken[name.casefold()] == 1 else plain(id, ID_MOST) for id, name in names.items()}


def spoken(site: Site, terms: KioskTerms) -> dict[str, str]:
    """Ids of stations by every word that names one: labels and ids. Where one is another's label, the id counts."""
    found = {label: id for id, label in labels(site, terms).items()}
    return {**found, **{id: id for id in labels(site, terms)}}


def bays(state: State, site: Site, terms: KioskTerms, only: str | None = None) -> tuple[Bay, ...]:
    """The kiosk's bays, those of one station with `only`."""
    found = []
    rows: dict[tuple[str, int], list[ConnectorState]] = {}
    for row in state.connectors.values():
        rows.setdefault((row.station, row.evse), []).append(row)
    for id, label in labels(site, terms).items():
        if only is not None and id != only:
            continue
        places = site.stations[id].evses
        for evse in places:
            running = state.at_evse.get((id, evse.id))
            stands = _stands(state, id, rows.get((id, evse.id), ()), rows.get((id, 0), ()), running)
            called = label if len(places) == 1 else f"{label} / {evse.id}"
            found.append(Bay(id, evse.id, called, stands, running))
    return tuple(found)


def _stands(
    state: State, station: str, rows: Iterable[ConnectorState], whole: Iterable[ConnectorState], running: str | None
) -> BayState:
    seen = state.stations.get(station)
    told = {row.status for row in rows}
    if running is not None:
        return _runs(state.transactions[running], told)
    if seen is None or not seen.connected:
        return "offline"
    if any(row.status in ("faulted", "unavailable") for row in whole):
        return "out_of_order"
    return next((stands for status, stands in _BY_STATUS.items() if status in told), "unknown")


_BY_STATUS: Mapping[str, BayState] = {
    "charging": "in_use",
    "suspended_ev": "in_use",
    "suspended_evse": "in_use",
    "preparing": "plugged",
    "occupied": "plugged",
    "finishing": "finishing",
    "reserved": "reserved",
    "available": "free",
    "faulted": "out_of_order",
    "unavailable": "out_of_order",
}
"""Of the statuses of an EVSE's connectors the first of these says how it stands while no transaction runs: of two
outlets that share one EVSE the one with the cable counts, and a broken one only where the other is none."""


def _runs(transaction: Transaction, told: Set[str]) -> BayState:
    if transaction.id_token is None and transaction.ocpp != "1.6":
        return "plugged"  # 2.x stations may begin with the cable alone (TxStartPoint EVConnected)
    says = transaction.charging_state
    if says == "charging" or (says is None and "charging" in told):
        return "charging"
    if says in ("suspended_ev", "suspended_evse") or told & {"suspended_ev", "suspended_evse"}:
        return "paused"
    return "in_use"
