"""Events as rows: what goes into which table. Statements are SQL that SQLite and PostgreSQL both understand, with `?`
for values. Facts come in order, each once; repeating the newest one changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from edgegw.cloud.receive import Key
from edgegw.uplink.codec.events import Event

Statement = str
Values = tuple[Any, ...]

FACT = (
    "INSERT INTO facts (site, epoch, sequence, id, type, source, at, recorded_at, clock, hash, data) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
BLOCK = (
    "INSERT INTO blocks (site, epoch, sequence, id, source, start_at, samples, data) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
GAP = (
    "INSERT INTO gaps (site, epoch, stream, first, last, reason, samples, at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
STARTED = (
    "INSERT INTO transactions (site, id, station, evse, connector, reference, ocpp, id_token, tariff, remote_start, "
    "started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, id) DO UPDATE SET "
    "evse = excluded.evse, connector = excluded.connector, reference = excluded.reference, ocpp = excluded.ocpp, "
    "id_token = excluded.id_token, tariff = excluded.tariff, remote_start = excluded.remote_start, "
    "started_at = excluded.started_at"
)
METERED = (
    "INSERT INTO transactions (site, id, station, evse, begin_wh, last_wh, metered_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (site, id) DO UPDATE SET begin_wh = coalesce(transactions.begin_wh, excluded.begin_wh), "
    "last_wh = excluded.last_wh, metered_at = excluded.metered_at"
)
BEGUN = (
    "INSERT INTO transactions (site, id, station, evse, begin_wh, last_wh, metered_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (site, id) DO UPDATE SET begin_wh = CASE WHEN transactions.begin_wh IS NULL "
    "OR excluded.metered_at < transactions.metered_at THEN excluded.begin_wh ELSE transactions.begin_wh END, "
    "last_wh = CASE WHEN excluded.metered_at < transactions.metered_at THEN transactions.last_wh "
    "ELSE excluded.last_wh END, "
    "metered_at = CASE WHEN excluded.metered_at < transactions.metered_at THEN transactions.metered_at "
    "ELSE excluded.metered_at END"
)
"""The register at the start, which is told late when the hub met a transaction in the middle."""
TRANSFERRED = (
    "INSERT INTO transactions (site, id, station, evse, transfer_started_at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (site, id) DO UPDATE SET transfer_started_at = excluded.transfer_started_at"
)
ENDED = (
    "INSERT INTO transactions (site, id, station, evse, ended_at, end_reason) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (site, id) DO UPDATE SET ended_at = excluded.ended_at, end_reason = excluded.end_reason"
)
CDR = (
    "INSERT INTO cdrs (site, transaction_id, station, evse, started_at, ended_at, energy_wh, idle_s, currency, total, "
    "tax, tariff, lines) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (site, transaction_id) DO UPDATE SET "
    "evse = excluded.evse, started_at = excluded.started_at, ended_at = excluded.ended_at, "
    "energy_wh = excluded.energy_wh, idle_s = excluded.idle_s, total = excluded.total, tax = excluded.tax, "
    "tariff = excluded.tariff, lines = excluded.lines"
)
"""The newest bill of a transaction counts: an end that is told late replaces the one that was assumed."""


def rows(key: Key, event: Event) -> Iterator[tuple[Statement, Values]]:
    """The rows of one accepted event. A fact whose data lacks what a projection needs is stored and not projected."""
    data = event.data
    at = stamp(event.time)
    if event.is_gap:
        reason, samples = str(data.get("reason", "")), data.get("samples")
        yield GAP, (key.site, key.epoch, key.stream, event.first, event.sequence, reason, samples, at)
    elif key.stream == "B":
        count = len(data.get("t", ()))
        yield BLOCK, (key.site, key.epoch, event.sequence, event.id, event.source, at, count, _json(data))
    else:
        recorded = None if event.recorded_time is None else stamp(event.recorded_time)
        yield (
            FACT,
            (
                key.site, key.epoch, event.sequence, event.id, event.type, event.source, at, recorded, event.clock,
                event.hash, _json(data),
            ),
        )  # fmt: skip
        projected = _projected(key.site, event, at)
        if projected is not None:
            yield projected


def _projected(site: str, event: Event, at: str) -> tuple[Statement, Values] | None:
    data = event.data
    try:
        match event.type:
            case "io.edgegw.transaction_started.v1":
                return STARTED, (
                    *_transaction(site, event), data["connector"], data["reference"], data["ocpp"],
                    data.get("id_token"), data["tariff"], data.get("remote_start"), at,
                )  # fmt: skip
            case "io.edgegw.transaction_metered.v1":
                metered = BEGUN if data.get("reason") == "begin" else METERED
                return metered, (*_transaction(site, event), data["import_wh"], data["import_wh"], at)
            case "io.edgegw.energy_transfer_started.v1":
                return TRANSFERRED, (*_transaction(site, event), at)
            case "io.edgegw.transaction_ended.v1":
                return ENDED, (*_transaction(site, event), at, data["reason"])
            case "io.edgegw.cdr_closed.v1":
                return CDR, (
                    *_transaction(site, event), data["started_at"], data["ended_at"], data["energy_wh"],
                    data["idle_s"], data["currency"], data["total"], data["tax"], data["tariff"], _json(data["lines"]),
                )  # fmt: skip
    except KeyError:
        return None
    return None


def _transaction(site: str, event: Event) -> Values:
    return site, event.data["transaction"], event.data["station"], event.data["evse"]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def stamp(at: datetime) -> str:
    """A time as text that sorts by time: UTC, microseconds always written."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
