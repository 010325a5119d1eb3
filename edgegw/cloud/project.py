"""Stream A as tables that a cloud can query: a fold, fact by fact in their order, each once.

`touches` says which rows facts need, `fold` what becomes of them. Neither knows a database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from edgegw.cloud.receive import Accepted
from edgegw.cloud.tables import (
    CDRS,
    CLOCK_CORRECTIONS,
    COMMANDS,
    CONNECTORS,
    DROPS,
    PAYMENTS,
    SITES,
    STATIONS,
    TRANSACTIONS,
    Row,
    RowKey,
    Table,
    fits,
    stamp,
)
from edgegw.uplink.codec.events import Event

log = logging.getLogger("edgegw.cloud")

Rows = dict[Table, dict[RowKey, Row]]

_TYPE = "io.edgegw.{}.v1"


@dataclass(frozen=True, slots=True)
class Told:
    """One fact: its site, its event, and what the event says."""

    site: str
    event: Event
    timezone: str | None = None
    """Of the site, as the facts before this one have it."""

    @property
    def data(self) -> Mapping[str, Any]:
        return self.event.data

    @property
    def at(self) -> str:
        return stamp(self.event.time)


@dataclass(frozen=True, slots=True)
class _Fold:
    """How one type of fact changes one table: which row, by the names of the fact's fields, and to what."""

    table: Table
    key: tuple[str, ...]
    change: Callable[[Row, Told], Row]


def json_text(value: Any) -> str:
    """JSON for a column. A character 0, which PostgreSQL has no place for, becomes U+FFFD."""
    made = orjson.dumps(value).decode()
    return orjson.dumps(_without_nul(value)).decode() if "\\u0000" in made else made


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {_without_nul(name): _without_nul(each) for name, each in value.items()}
    return [_without_nul(each) for each in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Touch:
    """A row that a fact changes."""

    item: Accepted
    fold: _Fold
    key: RowKey


def touches(accepted: Iterable[Accepted]) -> list[Touch]:
    """What these facts change, in order."""
    found = []
    for item in accepted:
        for each in _FOLDS.get(item.event.type, ()):
            key = _key(each, item)
            if key is not None:
                found.append(Touch(item, each, key))
    return found


def wanted(touches: Iterable[Touch]) -> Rows:
    """The rows to begin from, by key, empty: to be filled from the database where they are."""
    rows: Rows = {}
    for touch in touches:
        rows.setdefault(touch.fold.table, {})[touch.key] = {}
        if touch.fold.table is CDRS:
            rows.setdefault(SITES, {})[touch.key[:1]] = {}
    return rows


def fold(rows: Rows, touches: Iterable[Touch]) -> Rows:
    """Fold facts into `rows`, {} where there was none; the rows that have changed.

    A fact whose data is not what it should be changes nothing: it is in `facts` all the same.
    """
    changed: Rows = {}
    for touch in touches:
        table, key, item = touch.fold.table, touch.key, touch.item
        old = rows[table][key] or table.blank(key)
        zone = rows[SITES][key[:1]].get("timezone") if table is CDRS else None
        try:
            change = touch.fold.change(old, Told(item.key.site, item.event, zone))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            _passed_over(item, table, repr(error))
            continue
        new = old | change
        unfit = [name for name, value in change.items() if not fits(name, table.columns[name], value)]
        unfit += [name for name in table.required if new[name] is None]
        if unfit:
            _passed_over(item, table, ", ".join(unfit))
            continue
        rows[table][key] = new
        changed.setdefault(table, {})[key] = new
    return changed


def _passed_over(item: Accepted, table: Table, why: str) -> None:
    log.warning(
        "site %s: fact %s (%s) is stored, but no row of %s can be made of it: %s",
        item.key.site, item.event.id, item.event.type, table.name, why,
    )  # fmt: skip


def _key(fold_of: _Fold, item: Accepted) -> RowKey | None:
    """The key of the row, None when the fact does not say it. `fact` is the fact's own id."""
    found: list[Any] = [item.key.site]
    data = item.event.data
    for column, name in zip(fold_of.table.key[1:], fold_of.key, strict=True):
        value = item.event.id if name == "fact" else data.get(name) if isinstance(data, Mapping) else None
        if value is None or not fits(column, fold_of.table.columns[column], value):
            return None
        found.append(value)
    return tuple(found)


# What each type of fact changes


def _configured(old: Row, told: Told) -> Row:
    configuration = told.data["configuration"]
    return {
        "configured_at": told.at,
        "digest": told.data["digest"],
        "timezone": configuration.get("timezone"),
        "currency": configuration.get("currency"),
        "configuration": json_text(configuration),
    }


def _epoch(old: Row, told: Told) -> Row:
    return {"epoch": told.data["epoch"], "epoch_reason": told.data["reason"]}


def _booted(old: Row, told: Told) -> Row:
    data = told.data
    return {
        "ocpp": data["ocpp"], "vendor": data["vendor"], "model": data["model"], "firmware": data.get("firmware"),
        "serial": data.get("serial"), "registration": data["status"], "booted_at": told.at, "changed_at": told.at,
    }  # fmt: skip


def _connected(old: Row, told: Told) -> Row:
    return {
        "connected": True, "connected_at": told.at, "disconnect_reason": None, "ocpp": told.data["ocpp"],
        "changed_at": told.at,
    }  # fmt: skip


def _disconnected(old: Row, told: Told) -> Row:
    return {"connected": False, "disconnect_reason": told.data["reason"], "changed_at": told.at}


def _status(old: Row, told: Told) -> Row:
    data = told.data
    return {
        "status": data["status"], "error": data.get("error"), "info": data.get("info"), "changed_at": told.at,
    }  # fmt: skip


def _started(old: Row, told: Told) -> Row:
    data = told.data
    return _place(old, data) | {
        "evse": data["evse"], "connector": data["connector"], "reference": data["reference"], "ocpp": data["ocpp"],
        "id_token": data.get("id_token") or old["id_token"], "tariff": data["tariff"],
        "remote_start": data.get("remote_start"), "started_at": told.at,
    }  # fmt: skip


def _place(old: Row, data: Mapping[str, Any]) -> Row:
    """Station and EVSE, where no fact before said them."""
    return {} if old["station"] is not None else {"station": data["station"], "evse": data["evse"]}


def _token(old: Row, told: Told) -> Row:
    known = old["id_token"] or told.data.get("id_token")
    return _place(old, {"evse": 0, **told.data}) | {"id_token": known}


def _metered(old: Row, told: Told) -> Row:
    wh, at, place = int(told.data["import_wh"]), told.at, _place(old, told.data)
    if told.data.get("reason") != "begin":
        assumed = {"begin_wh": wh} if old["begin_wh"] is None else {}
        return place | assumed | {"last_wh": wh, "metered_at": at}
    # A begin may be told late, when the hub met the transaction in the middle: the earliest is the true one.
    if old["begin_at"] is not None and at >= old["begin_at"]:
        return place | {"last_wh": wh, "metered_at": at}
    first = {"last_wh": wh, "metered_at": at} if old["metered_at"] is None else {}
    return place | {"begin_wh": wh, "begin_at": at} | first


def _transferred(old: Row, told: Told) -> Row:
    return _place(old, told.data) | {"transfer_started_at": told.at}


def _ended(old: Row, told: Told) -> Row:
    return _place(old, told.data) | {"ended_at": told.at, "end_reason": told.data["reason"]}


def _corrected(old: Row, told: Told) -> Row:
    """Times that were told by an unset clock, put right (docs/decisions/0017)."""
    data = told.data
    shift = timedelta(milliseconds=data["offset_ms"])
    since, until = stamp(_time(data["since_at"])), stamp(_time(data["until_at"]))

    def right(at: str | None) -> str | None:
        return stamp(_time(at) + shift) if at is not None and since <= at <= until else at

    times = ("started_at", "ended_at", "transfer_started_at", "begin_at", "metered_at")
    return _place(old, data) | {name: right(old[name]) for name in times} | {"corrected_ms": data["offset_ms"]}


def _billed(old: Row, told: Told) -> Row:
    data, ended = told.data, _time(told.data["ended_at"])
    return {
        "station": data["station"], "evse": data["evse"], "started_at": stamp(_time(data["started_at"])),
        "ended_at": stamp(ended), "day": _day(ended, told.timezone).isoformat(), "energy_wh": data["energy_wh"],
        "idle_s": data["idle_s"], "currency": data["currency"], "total": data["total"], "tax": data["tax"],
        "tariff": data["tariff"], "lines": json_text(data["lines"]),
    }  # fmt: skip


def _day(at: datetime, timezone: str | None) -> date:
    """The date on the site's own calendar."""
    return at.astimezone(_zone(timezone)).date()


@lru_cache(maxsize=1024)
def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (LookupError, ValueError, OSError):
        log.error("the time zone %s is not known here: its sites' days are those of UTC (install tzdata)", name)
        return ZoneInfo("UTC")


def _received(old: Row, told: Told) -> Row:
    data = told.data
    expires = data.get("expires_at")
    return {
        "name": data["name"], "args": json_text(data["args"]), "asker": data["by"], "id_token": data.get("id_token"),
        "state": "received", "received_at": told.at,
        "expires_at": None if expires is None else stamp(_time(expires)),
    }  # fmt: skip


def _dispatched(old: Row, told: Told) -> Row:
    return {"state": "dispatched", "dispatched_at": told.at}


def _command_ended(old: Row, told: Told) -> Row:
    result = told.data.get("result")
    return {
        "state": told.data["state"], "reason": told.data.get("reason"), "ended_at": told.at,
        "result": None if result is None else json_text(result),
    }  # fmt: skip


def _paid(sign: str) -> Callable[[Row, Told], Row]:
    def change(old: Row, told: Told) -> Row:
        data = told.data
        return {
            "transaction_id": data["transaction"], "station": data["station"], "evse": data["evse"], "at": told.at,
            "amount": sign + data["amount"], "currency": data["currency"], "reference": data["reference"],
            "method": data.get("method"),
        }  # fmt: skip

    return change


def _dropped(old: Row, told: Told) -> Row:
    data = told.data
    return {
        "stream": data["stream"], "first": data["first"], "last": data["last"], "reason": data["reason"],
        "at": told.at,
    }  # fmt: skip


def _clock(old: Row, told: Told) -> Row:
    data = told.data
    return {
        "boot": data["boot"], "was": data["was"], "source": data["by"], "offset_ms": data["offset_ms"],
        **{name: stamp(_time(data[name])) for name in ("since_at", "before_at", "after_at")},
    }  # fmt: skip


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return at.astimezone(UTC)


_STATION = ("station",)
_TRANSACTION = ("transaction",)
_COMMAND = ("command",)

_FOLDS: Mapping[str, tuple[_Fold, ...]] = {
    _TYPE.format(name): folds
    for name, folds in {
        "site_configured": (_Fold(SITES, (), _configured),),
        "epoch_started": (_Fold(SITES, (), _epoch),),
        "power_restored": (_Fold(SITES, (), lambda old, told: {"restored_at": told.at}),),
        "station_connected": (_Fold(STATIONS, _STATION, _connected),),
        "station_disconnected": (_Fold(STATIONS, _STATION, _disconnected),),
        "station_booted": (_Fold(STATIONS, _STATION, _booted),),
        "station_accepted": (
            _Fold(STATIONS, _STATION, lambda old, told: {"registration": "accepted", "changed_at": told.at}),
        ),
        "station_rejected": (
            _Fold(STATIONS, _STATION, lambda old, told: {"registration": "rejected", "changed_at": told.at}),
        ),
        "station_status_changed": (_Fold(CONNECTORS, ("station", "evse", "connector"), _status),),
        "token_decided": (_Fold(TRANSACTIONS, _TRANSACTION, _token),),
        "transaction_started": (_Fold(TRANSACTIONS, _TRANSACTION, _started),),
        "transaction_metered": (_Fold(TRANSACTIONS, _TRANSACTION, _metered),),
        "energy_transfer_started": (_Fold(TRANSACTIONS, _TRANSACTION, _transferred),),
        "transaction_ended": (_Fold(TRANSACTIONS, _TRANSACTION, _ended),),
        "transaction_corrected": (_Fold(TRANSACTIONS, _TRANSACTION, _corrected),),
        "cdr_closed": (_Fold(CDRS, _TRANSACTION, _billed),),
        "payment_confirmed": (_Fold(PAYMENTS, ("fact",), _paid("")),),
        "payment_refunded": (_Fold(PAYMENTS, ("fact",), _paid("-")),),
        "command_received": (_Fold(COMMANDS, _COMMAND, _received),),
        "command_dispatched": (_Fold(COMMANDS, _COMMAND, _dispatched),),
        "command_ended": (_Fold(COMMANDS, _COMMAND, _command_ended),),
        "records_dropped": (_Fold(DROPS, ("fact",), _dropped),),
        "clock_corrected": (_Fold(CLOCK_CORRECTIONS, ("fact",), _clock),),
    }.items()
}
