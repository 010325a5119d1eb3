"""What of the readings at an EVSE a bill or a story needs: those become facts, the rest is curve."""

from __future__ import annotations

from datetime import datetime

from edgegw.core.present import is_newer
from edgegw.core.registers import quality
from edgegw.core.tariffs import tariff_of
from edgegw.core.transactions import MeteringReason, next_metering
from edgegw.model import facts as f
from edgegw.model.samples import MeterSample
from edgegw.model.site import Site
from edgegw.model.state import Metering as Register
from edgegw.model.state import State, Transaction


class Metering:
    """Remembers, for each EVSE with a transaction, when the next reading counts: the hot path is one comparison."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[str, int] | None] = {}
        self._due: dict[tuple[str, int], tuple[Transaction, datetime, MeteringReason]] = {}
        self._highest: dict[tuple[str, int], tuple[str, int]] = {}
        self._believed: dict[tuple[str, int], tuple[str, Register]] = {}
        self.delivered_wh = 0

    def facts(self, state: State, site: Site, sample: MeterSample, now: datetime) -> tuple[f.Fact, ...]:
        """Facts that `sample`, which has come at `now`, is worth while `state` is so; mostly none."""
        source = sample.source
        try:
            place = self._places[source]
        except KeyError:
            place = self._places[source] = evse_of(source)
        if place is None or place not in state.at_evse:
            return ()
        register = sample.values.get("import_wh")
        if register is None:
            return ()
        import_wh = int(register)
        transaction = state.transactions[state.at_evse[place]]
        if sample.at < transaction.started_at:
            return ()  # a late reading of what was there before
        self._believe(place, transaction, sample, now)
        counted, highest = self._highest.get(place, ("", 0))
        if counted != transaction.id or import_wh > highest:
            # Against the highest: a register that drops out for one reading delivers nothing when it comes back.
            self.delivered_wh += import_wh - highest if counted == transaction.id else 0
            self._highest[place] = (transaction.id, import_wh)
        due = self._due.get(place)
        if due is None or due[0] is not transaction:
            tariff = tariff_of(state, site, transaction)
            due = self._due[place] = (transaction, *next_metering(transaction, site.timezone, tariff))
        if sample.at < due[1] and (transaction.transfer_started_at is not None or not transaction.meterings):
            return ()
        return _facts(transaction, import_wh, sample, due[1], due[2])

    def _believe(self, place: tuple[str, int], transaction: Transaction, sample: MeterSample, now: datetime) -> None:
        of, last = self._believed.get(place, ("", None))
        if of != transaction.id or last is None:
            last = transaction.meterings[-1] if transaction.meterings else None
        read = Register(sample.at, int(sample.values["import_wh"]))
        if sample.quality == "good" and (
            last is None or (is_newer(read.at, last.at, now) and quality((last,), read.at, read.import_wh) == "good")
        ):
            self._believed[place] = (transaction.id, read)

    def register(self, station: str, evse: int) -> tuple[datetime, int] | None:
        """The newest import register of the transaction at an EVSE that can be true, as (time, Wh), also one that was
        told late; None before the first. What comes with its end may be no register at all, and is seen before the end
        is decided on."""
        found = self._believed.get((station, evse))
        return (found[1].at, found[1].import_wh) if found is not None else None


def _facts(
    transaction: Transaction, import_wh: int, sample: MeterSample, due: datetime, reason: MeteringReason
) -> tuple[f.Fact, ...]:
    found: list[f.Fact] = []
    station, evse, identity, meterings = transaction.station, transaction.evse, transaction.id, transaction.meterings
    if sample.at >= due:
        known = quality(meterings, sample.at, import_wh)
        found.append(
            f.TransactionMetered(
                at=sample.at, station=station, evse=evse, transaction=identity, import_wh=import_wh, reason=reason,
                quality=known if sample.quality == "good" else "suspect", source=sample.source,
            )
        )  # fmt: skip
    if transaction.transfer_started_at is None and meterings and import_wh > meterings[0].import_wh:
        found.append(f.EnergyTransferStarted(at=sample.at, station=station, evse=evse, transaction=identity))
    return tuple(found)


def evse_of(source: str) -> tuple[str, int] | None:
    """(station, EVSE) of a source `stations/{station}/{evse}`, None for any other source and for EVSE 0."""
    parts = source.split("/")
    if len(parts) != 3 or parts[0] != "stations" or parts[2] == "0":
        return None
    return parts[1], int(parts[2])
