"""Where the cloud keeps what arrived: one small Protocol, over SQLite for one desk and PostgreSQL for a fleet.

Rows and watermarks are one transaction. A store belongs to one thread; the ingest gives it one of its own.

    StoreError
     ├─ WrongDatabase   another try won't help: a URL that can't be, a newer schema, a missing library
     ├─ Overtaken       another ingest wrote the same site: read the watermarks again
     └─ Unstorable      the database takes no such values, though it works: something among the events is wrong
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import orjson

from edgegw.cloud.project import Rows, fold, touches, wanted
from edgegw.cloud.receive import Accepted, Key
from edgegw.cloud.tables import stamp
from edgegw.uplink.codec.events import Event

SCHEMA = Path(__file__).parent / "schema"

VERSION = "SELECT version FROM edgegw_schema"
SET_VERSION = "UPDATE edgegw_schema SET version = ?"

REBUILT_AT_ONCE = 5000
"""Facts folded in one go when the tables are made anew: bounds memory, not the transaction."""


class StoreError(Exception):
    """The database can't be used now; another try may help. The text is for people."""


class WrongDatabase(StoreError):
    """Another try won't help: a URL that can't be, a newer schema, a missing library."""


class Overtaken(StoreError):
    """Another ingest writes the same site: its watermark is not where we left it."""


class Unstorable(StoreError):
    """The database refuses the values of an event; the others it would take."""


class Store(Protocol):
    """A database that takes rows and watermarks together. Every method may raise StoreError."""

    def open(self) -> None:
        """Connect and bring the schema up to date."""

    def claim(self, share: str) -> bool:
        """Become the only ingest of `share` until closed, or the process ends; False while another one is."""

    def watermarks(self) -> dict[Key, int]: ...

    def commit(self, accepted: Sequence[Accepted]) -> None:
        """Write all of it durably, with the watermarks, or nothing. A fact whose id is there already is passed over.

        Raises Overtaken when a watermark was moved by somebody else, Unstorable when some value can't be stored.
        """

    def put_aside(self, site: str, stream: str, reason: str, payload: bytes) -> bool:
        """Keep a message that has no readable place; False when there are too many of its site already."""

    def close(self) -> None: ...


def store_for(url: str) -> Store:
    """`sqlite:///file.db` (four slashes for an absolute path) or `postgresql://...`. Raises WrongDatabase."""
    from edgegw.cloud.postgres import PostgresStore
    from edgegw.cloud.sqlite import SqliteStore

    parts = urlsplit(url)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return SqliteStore(Path(unquote(parts.path[1:])))
    if parts.scheme in ("postgresql", "postgres"):
        return PostgresStore(url)
    raise WrongDatabase(f"{parts.scheme or url}: a database is sqlite:///path.db or postgresql://user@host/name")


def migrations(dialect: str) -> list[tuple[int, str]]:
    """(number, SQL) of every step, in order."""
    found = sorted(SCHEMA.glob(f"*.{dialect}.sql"))
    return [(int(path.name.split("_")[0]), path.read_text(encoding="utf-8")) for path in found]


def refuse_newer(version: int, known: int) -> None:
    if version > known:
        raise WrongDatabase(f"the database has schema {version}, this version knows {known}: use a newer edgegw")


def now_text() -> str:
    return stamp(datetime.now(UTC))


def new_facts(accepted: Iterable[Accepted], known: set[str]) -> list[Accepted]:
    """The facts among `accepted` whose ids are not `known` yet, each once."""
    seen = set(known)
    found = []
    for item in accepted:
        if item.key.stream == "A" and item.event.id not in seen:
            seen.add(item.event.id)
            found.append(item)
    return found


def project(accepted: Sequence[Accepted], load: Callable[[Rows], None]) -> Rows:
    """The rows that these facts change, from the rows that `load` finds in the database."""
    changes = touches(accepted)
    rows = wanted(changes)
    load(rows)
    return fold(rows, changes)


def rebuild(stored: Iterable[Sequence[Any]], load: Callable[[Rows], None], save: Callable[[Rows], None]) -> None:
    """Fold all facts, as IN_ORDER gives them, into tables that are empty."""
    facts = _facts(stored)
    while chunk := list(islice(facts, REBUILT_AT_ONCE)):
        save(project(chunk, load))


def _facts(stored: Iterable[Sequence[Any]]) -> Iterator[Accepted]:
    for site, epoch, sequence, id, type, source, at, recorded_at, clock, boot, digest, data in stored:
        event = Event(
            id=id, source=source, type=type, time=_time(at), recorded_time=recorded_at and _time(recorded_at),
            sequence=sequence, first=sequence, epoch=epoch, clock=clock, hash=digest,
            data=orjson.loads(data) if isinstance(data, str) else data, boot=boot,
        )  # fmt: skip
        yield Accepted(Key(site, epoch, "A"), sequence - 1, event)


def _time(at: Any) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)
