"""A decision on a transaction while it is made: what was drafted so far, and how registers and an end go into it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from edgegw.core.cdr import cdr_of
from edgegw.core.context import Context, Decision
from edgegw.core.devices import FACT_BYTES
from edgegw.core.fold import fold
from edgegw.core.registers import quality
from edgegw.model import facts as f
from edgegw.model.requests import (
    Reading,
    Signature,
    SignedValue,
    TransactionAnswer,
    TransactionLimit,
    TransactionRequest,
)
from edgegw.model.state import Change, State, Transaction


class Draft:
    """Facts on one transaction, in order. Each one that is added is folded, so that the next one sees its effect."""

    def __init__(self, transaction: Transaction | None = None) -> None:
        self._scratch = State()
        self._changes: dict[tuple[str, str], Change] = {}
        self.facts: list[f.Fact] = []
        self.is_past = False
        """Another transaction has begun at its EVSE since, so it has ended; its end may be told later."""
        if transaction is not None:
            self.transaction = self._scratch.transactions[transaction.id] = transaction

    def add(self, *facts: f.Fact) -> None:
        for fact in facts:
            self.facts.append(fact)
            for change in fold(self._scratch, fact):
                self._changes[change.table, change.key] = change
                if isinstance(change.row, Transaction):
                    self.transaction = self._scratch.transactions[change.key] = change.row

    def follow(self, others: Iterable[Draft]) -> None:
        """Let what is drafted on other transactions stand before what is added from here on."""
        for other in others:
            self.facts += other.facts
            self._changes |= other._changes

    def take_readings(self, request: TransactionRequest, reason: Literal["begin", "end"] | None) -> None:
        """Turn the request's registers into billing facts: begin, end, and every signed value. What else was signed
        is kept beside them."""
        for each in request.signed_values:
            self._keep(each)
        self._take_limit(request)
        self._take_cost(request)
        wanted = {"begin": "begin", "end": "end"}.get(reason or "")
        taken = False
        for reading in sorted(request.readings, key=_when):
            if reading.signed is not None or (wanted is not None and reading.context == wanted):
                kind: Any = wanted if reading.context == wanted else "signed"
                if kind == "signed" and any(
                    each.signed and (each.at, each.import_wh) == (reading.at, reading.import_wh)
                    for each in self.transaction.meterings
                ):
                    continue  # stations say at the end once more what they had signed before
                self.meter(reading.at, reading.import_wh, kind, reading.signed, reading.signature)
                taken = taken or reading.context == wanted
        if reason is not None and not taken:
            if request.import_wh is not None:
                self.meter(request.at, request.import_wh, reason, None)
            elif request.readings and reason == "end":
                last = max(request.readings, key=_when)
                self.meter(last.at, last.import_wh, "end", last.signed, last.signature)
            elif request.readings:
                first = min(request.readings, key=_when)
                self.meter(first.at, first.import_wh, "begin", first.signed, first.signature)

    def _take_limit(self, request: TransactionRequest) -> None:
        """What the driver has set at the station, where it is other than what is known; the departure stays."""
        limit, known = request.limit, self.transaction
        was_set = request.stage == "started" or request.trigger == "limit_set"
        if limit is None or not is_news(limit, known, was_set=was_set):
            return
        self.add(
            f.TransactionPlanned(
                **self.where(request.at), departure_at=known.departure_at, energy_wh=limit.max_wh,
                max_cost=limit.max_cost, max_s=limit.max_s, max_soc=limit.max_soc, by="station",
            )
        )  # fmt: skip

    def _take_cost(self, request: TransactionRequest) -> None:
        """What the station reckons itself; of what it told while the transaction ran the end says it all."""
        details = request.cost_details
        if details is None:
            return
        total = details["totalCost"]["total"]
        amount = total.get("inclTax", total.get("exclTax"))
        self.add(
            f.CostCalculated(
                **self.where(request.at), total=None if amount is None else f"{Decimal(str(amount)):f}",
                currency=details["totalCost"]["currency"], tariff=request.tariff, details=_short(details),
            )
        )  # fmt: skip

    def _keep(self, each: SignedValue) -> None:
        self.add(
            f.ValueSigned(
                **self.where(each.at), measurand=each.measurand, signed=each.signed, value=each.value, unit=each.unit,
                multiplier=each.multiplier, context=each.context, phase=each.phase, location=each.location,
                **_made(each.signature),
            )
        )  # fmt: skip

    def meter(
        self, at: datetime, import_wh: int, reason: Any, signed: str | None, signature: Signature | None = None
    ) -> None:
        """Make a register a fact; one that can't be true is suspect."""
        before = self.transaction.meterings if reason != "begin" else ()
        self.add(
            f.TransactionMetered(
                **self.where(at), import_wh=import_wh, reason=reason, quality=quality(before, at, import_wh),
                source=f"stations/{self.transaction.station}/{self.transaction.evse}", signed=signed,
                **_made(signature),
            )
        )  # fmt: skip

    def close(
        self, state: State, ctx: Context, at: datetime, reason: str, request: TransactionRequest | None = None,
        key: str | None = None, answer: TransactionAnswer | None = None,
    ) -> TransactionAnswer:  # fmt: skip
        """End the transaction and close its bill; the answer gets the cost. Without a `request` no end was told."""
        transaction = self.transaction
        ended_at = max(at, transaction.started_at)
        idle_s = transaction.idle_s
        if transaction.idle_since is not None:
            idle_s += max(0, round((ended_at - transaction.idle_since).total_seconds()))
        cdr = cdr_of(transaction, state, ctx, ended_at, idle_s)
        if answer is None:
            answer = TransactionAnswer(transaction.id, transaction.number)
        answer = TransactionAnswer(answer.transaction, answer.number, answer.authorization, answer.group, cdr.total)
        self.add(
            f.TransactionEnded(
                **self.where(ended_at), reason=reason, id_token=request.id_token if request is not None else None,
                seq_no=request.seq_no if request is not None else None,
                retry_key=key or f"{transaction.id}/end",
                answer=stored(answer),
                told_at=request.told_at if request is not None else None,
                station_clock=request.station_clock if request is not None else None,
            ),
            cdr,
        )  # fmt: skip
        return answer

    def decision(self, answer: TransactionAnswer) -> Decision[TransactionAnswer]:
        return Decision(tuple(self.facts), answer, tuple(self._changes.values()))

    def where(self, at: datetime) -> dict[str, Any]:
        transaction = self.transaction
        return {"at": at, "station": transaction.station, "evse": transaction.evse, "transaction": transaction.id}


def is_news(limit: TransactionLimit | None, transaction: Transaction, *, was_set: bool) -> bool:
    """Whether a limit says what the transaction's plan does not. Stations repeat what they were told, in any event;
    time and state of charge are in no plan, so they are news when they `was_set`, as the event says."""
    if limit is None or transaction.state != "active":
        return False
    cost = None if limit.max_cost is None else Decimal(limit.max_cost)
    is_other = (limit.max_wh, cost) != (transaction.wanted_wh, transaction.max_cost)
    return is_other or (was_set and (limit.max_s, limit.max_soc) != (None, None))


def stored(answer: TransactionAnswer) -> Mapping[str, Any]:
    """An answer as its fact holds it; `TransactionAnswer(**stored)` gives it back."""
    return {
        "transaction": answer.transaction, "number": answer.number, "authorization": answer.authorization,
        "group": answer.group, "cost": answer.cost,
        **{name: value for name in ("max_wh", "max_cost") if (value := getattr(answer, name)) is not None},
    }  # fmt: skip


def _short(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """The details without their single periods, where they would be too much for one fact."""
    whole = json.dumps(details, ensure_ascii=False)
    return details if len(whole) <= FACT_BYTES // 2 else {k: v for k, v in details.items() if k != "chargingPeriods"}


def _made(signature: Signature | None) -> dict[str, Any]:
    if signature is None:
        return {}
    return {
        "encoding_method": signature.encoding_method, "signing_method": signature.signing_method,
        "public_key": signature.public_key,
    }  # fmt: skip


def _when(reading: Reading) -> datetime:
    return reading.at
