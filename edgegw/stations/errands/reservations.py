"""Reservations that hold, told again to a station that has restarted: with the number that it knows them by, so one
that has not forgotten changes nothing (OCPP 1.6 section 5.13; 2.0.1 part 2, H01.FR.02)."""

from __future__ import annotations

from edgegw.model.commands import Command
from edgegw.model.facts import ReservationEnded
from edgegw.stations import execution
from edgegw.stations.errands.errand import Errand, Visit


async def _restore(visit: Visit) -> None:
    if not visit.link.booted:
        return
    now = visit.hub.now()
    rows = list(visit.hub.state.reservations.values())
    for row in rows:
        if row.station != visit.station or row.until <= now or row.id_token is None:
            continue
        args = {
            "station": row.station, "id_token": row.id_token, "until": row.until.isoformat(), "evse": row.evse,
            "connector_type": row.connector_type,
        }  # fmt: skip
        ended = await execution.carry_out(visit.link, Command(row.id, "reserve", args), row.number)
        if ended.state in ("rejected", "failed") and not visit.link.closed and row.id in visit.hub.state.reservations:
            fact = ReservationEnded(station=row.station, at=visit.hub.now(), reservation=row.id, reason="removed")
            await visit.record(fact)


ERRAND = Errand("reservations", 31, _restore, patient=True)
