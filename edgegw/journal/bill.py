"""One transaction's bill, told and computed again from its facts: what `edgegw journal show tx` shows.

The registers, the idle time and the tariff are the facts'; the tariff's own digest, which the transaction's first fact
carries, proves that its prices are those that were in force. So what is computed here can be compared with what was
billed, line by line.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from edgegw.core.fold import apply, fold
from edgegw.core.price import Bill, Line, price, tariff_digest
from edgegw.core.tariffs import FREE, from_json
from edgegw.journal.anchors import Anchor, anchors
from edgegw.journal.records import Record, fact_of, personal_of, records_of
from edgegw.model import facts as f
from edgegw.model.site import Tariff
from edgegw.model.state import State, Transaction


@dataclass(frozen=True, slots=True)
class Account:
    """A transaction's bill and what it stands on. `computed` is None, with `doubt` saying why, when it can't be done.

    `billed` is the newest CdrClosed, None while there is none. `anchor`: the next signature that covers the last fact.
    """

    transaction: Transaction
    records: Sequence[Record]
    facts: Sequence[f.Fact]
    billed: f.CdrClosed | None
    tariff: Tariff | None
    timezone: str | None
    computed: Bill | None
    doubt: str | None
    anchor: Anchor | None

    @property
    def agrees(self) -> bool | None:
        """Whether what was billed is what the facts give; None when that can't be told."""
        if self.billed is None or self.computed is None:
            return None
        told, found = self.billed, self.computed
        return (told.energy_wh, told.currency, Decimal(told.total), Decimal(told.tax)) == (
            found.energy_wh, found.currency, found.total, found.tax,
        ) and [dict(line) for line in told.lines] == [line_of(line) for line in found.lines]  # fmt: skip


def account(connection: sqlite3.Connection, transaction: str) -> Account | None:
    """The bill of a transaction from its facts; None when there is no fact of it."""
    found = records_of(connection, transaction)
    if not found:
        return None
    return account_of(
        found,
        [fact_of(record, personal_of(connection, record)) for record in found],
        lambda digest: _tariff(connection, digest),
        _timezone(connection, found[-1].position),
        next(iter(anchors(connection, found[-1].position)), None),
    )


def account_of(
    records: Sequence[Record],
    facts: Sequence[f.Fact | None],
    tariffs: Callable[[str], Mapping[str, Any] | None],
    timezone: str | None,
    anchor: Anchor | None,
) -> Account | None:
    """The bill that `facts`, those of one transaction in order, give; None when its first is not its beginning.

    `tariffs(digest)` is the price list's JSON, or None.
    """
    known = [fact for fact in facts if fact is not None]
    state = State()
    at_the_bill: Transaction | None = None
    billed: f.CdrClosed | None = None
    for fact in known:
        apply(state, fold(state, fact))
        if isinstance(fact, f.CdrClosed):
            billed, at_the_bill = fact, next(iter(state.transactions.values()), None)
    row = next(iter(state.transactions.values()), None)
    if row is None:
        return None
    tariff, doubt = _believed(tariffs(row.tariff_digest), row)
    computed = None
    if at_the_bill is None or billed is None:
        doubt = "there is no bill yet"
    elif tariff is not None and tariff.periods and timezone is None:
        doubt = "the site's time zone is not known any more, and the tariff has periods of the day"
    elif tariff is not None and at_the_bill.ended_at is not None:
        computed = price(
            tariff, timezone or "UTC", billed.currency, started_at=at_the_bill.started_at,
            ended_at=at_the_bill.ended_at, meterings=at_the_bill.meterings, idle_s=at_the_bill.idle_s,
        )  # fmt: skip
    elif tariff is not None:
        doubt = "no fact tells of its end"
    return Account(row, records, known, billed, tariff, timezone, computed, doubt, anchor)


def line_of(line: Line) -> dict[str, str]:
    """A line as a CdrClosed fact carries it."""
    return {
        "kind": line.kind,
        "quantity": str(line.quantity),
        "unit": line.unit,
        "price": str(line.price),
        "amount": str(line.amount),
        "period": line.period,
    }


def _believed(body: Mapping[str, Any] | None, row: Transaction) -> tuple[Tariff | None, str | None]:
    if row.tariff_digest == tariff_digest(FREE):
        return FREE, None
    if body is None:
        return None, f"the prices of tariff {row.tariff} that were in force then are not held"
    tariff = from_json(body)
    if tariff_digest(tariff) != row.tariff_digest:
        return None, f"the prices held for tariff {row.tariff} are not those that were in force then"
    return tariff, None


def _tariff(connection: sqlite3.Connection, digest: str) -> Mapping[str, Any] | None:
    row = connection.execute("SELECT body FROM tariffs WHERE key = ?", (digest,)).fetchone()
    return None if row is None else orjson.loads(row[0])["tariff"]


def _timezone(connection: sqlite3.Connection, position: int) -> str | None:
    """The site's time zone, by the newest configuration up to `position`; else by the oldest one behind it."""
    for where in ("position <= ? ORDER BY position DESC", "position > ? ORDER BY position"):
        sql = f"SELECT body FROM facts WHERE type = 'site_configured' AND {where} LIMIT 1"
        row = connection.execute(sql, (position,)).fetchone()
        if row is not None:
            return str(orjson.loads(row[0])["configuration"]["timezone"])
    return None


# As JSON and in words


def told_json(found: Account) -> dict[str, Any]:
    """An account as JSON."""
    row, billed, computed = found.transaction, found.billed, found.computed
    return {
        "transaction": row.id, "station": row.station, "evse": row.evse, "ocpp": row.ocpp,
        "reference": row.reference, "number": row.number, "state": row.state, "id_token": row.id_token,
        "authorization": row.authorization, "started_at": row.started_at, "ended_at": row.ended_at,
        "end_reason": row.end_reason, "tariff": row.tariff, "tariff_digest": row.tariff_digest,
        "timezone": found.timezone,
        "registers": [
            {"at": fact.at, "import_wh": fact.import_wh, "reason": fact.reason, "quality": fact.quality,
             "source": fact.source, "signed": fact.signed}
            for fact in found.facts if isinstance(fact, f.TransactionMetered)
        ],
        "billed": None if billed is None else {
            "energy_wh": billed.energy_wh, "idle_s": billed.idle_s, "lines": list(billed.lines), "tax": billed.tax,
            "total": billed.total, "currency": billed.currency,
        },
        "computed": None if computed is None else {
            "energy_wh": computed.energy_wh, "idle_s": row.idle_s, "lines": [line_of(line) for line in computed.lines],
            "tax": str(computed.tax), "total": str(computed.total), "currency": computed.currency,
        },
        "agrees": found.agrees, "doubt": found.doubt,
        "facts": [
            {"epoch": each.epoch, "sequence": each.sequence, "type": each.type, "at": each.at,
             "hash": each.hash.hex()}
            for each in found.records
        ],
        "anchor": None if found.anchor is None else anchor_json(found.anchor),
    }  # fmt: skip


def anchor_json(anchor: Anchor) -> dict[str, Any]:
    """An anchor as it stands in exports and answers."""
    return {
        "epoch": anchor.epoch, "sequence": anchor.sequence, "hash": anchor.hash.hex(),
        "signed_at": anchor.signed_at, "key": anchor.key.hex(), "signature": anchor.signature.hex(),
    }  # fmt: skip


def told(found: Account) -> Iterator[str]:
    """What stands below a bill: the same computed again, the chain, the signature that covers it."""
    billed, computed = found.billed, found.computed
    if computed is None:
        yield f"not computed again: {found.doubt}"
    elif found.agrees:
        yield f"computed again from the facts: {computed.total} {computed.currency}, as billed, line by line"
    else:
        yield "computed again from the facts, AND NOT AS BILLED:"
        for line in map(line_of, computed.lines):
            yield bill_line(line)
        total = "" if billed is None else f", billed was {billed.total} {billed.currency}"
        yield f"{'':20} {'total':12} {computed.total!s:>12} {computed.currency}, of it tax {computed.tax}{total}"
    yield "in the chain:"
    for each in found.records:
        yield f"{each.sequence:>8} {each.type:24} {each.hash.hex()}"
    if found.anchor is None:
        yield "no signature covers it yet: the site's key signs each day; `edgegw journal verify --sign` signs now"
    else:
        yield (
            f"covered by the signature of {found.anchor.signed_at} at fact {found.anchor.sequence}, "
            f"with the key {found.anchor.key.hex()}"
        )


def bill_line(line: Mapping[str, Any]) -> str:
    """A line of a bill, below its fact."""
    what = f"{line['kind']} {line['period']}".strip()
    return f"{'':20} {what:12} {line['quantity']:>12} {line['unit']} x {line['price']} = {line['amount']}"
