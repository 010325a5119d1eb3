"""The small messages beside the events: watermarks, commands and their answers, presence. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from edgegw.core.nesting import too_deep
from edgegw.model.commands import Asker, Command, Outcome

MAX_COMMAND_BYTES = 128 * 1024
MAX_ID_LENGTH = 64


class BadMessage(ValueError):
    """A message that says nothing that we understand; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a stream: everything up to and including `sequence` of `epoch`."""

    epoch: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Watermark:
    """The cloud holds everything up to here, durably."""

    place: Place


@dataclass(frozen=True, slots=True)
class Nack:
    """The cloud misses `first` to `last` of `epoch`."""

    epoch: str
    first: int
    last: int


def encode_watermark(place: Place) -> bytes:
    return orjson.dumps({"epoch": place.epoch, "sequence": str(place.sequence)})


def encode_nack(nack: Nack) -> bytes:
    return orjson.dumps({"epoch": nack.epoch, "nack": [str(nack.first), str(nack.last)]})


def decode_acknowledgement(payload: bytes) -> Watermark | Nack:
    """What came on `dn/ack/{stream}`. Raises BadMessage."""
    try:
        body = orjson.loads(payload)
        epoch = body["epoch"]
        if not isinstance(epoch, str):
            raise BadMessage("epoch is a string")
        if "nack" in body:
            if not isinstance(body["nack"], list):
                raise BadMessage("nack is a list of two numbers")
            first, last = map(_number, body["nack"])
            if not 0 < first <= last:
                raise BadMessage(f"nack from {first} to {last}")
            return Nack(epoch, first, last)
        return Watermark(Place(epoch, _number(body["sequence"])))
    except BadMessage:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise BadMessage(
            'neither {"epoch": "...", "sequence": "..."} nor {"epoch": "...", "nack": ["from", "to"]}'
        ) from error


def _number(value: Any) -> int:
    """A sequence: digits as text, or a whole number. A float has been rounded, who knows from what."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if type(value) is int and value >= 0:
        return value
    raise BadMessage(f"{value!r} is no sequence")


_ENVELOPE = frozenset({"id", "name", "args", "expires_at", "by", "wait"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that cannot be one. `id` is what it called itself, None when not even that could be read."""

    id: str | None
    reason: str


def decode_command(name: str, payload: bytes) -> Command | Refusal:
    """The command in a message on `dn/cmd/{name}` (CONTRACT.md, Commands), or why it is none.

    Only the envelope is judged here: whether name and arguments make sense is the hub's to decide and to record.
    Whoever may publish there speaks for the cloud: `by` says on whose behalf, it never makes the asker someone else.
    """
    if len(payload) > MAX_COMMAND_BYTES:
        return Refusal(None, "too_large")
    try:
        body = orjson.loads(payload)
    except ValueError:
        return Refusal(None, "not_json")
    if not isinstance(body, dict):
        return Refusal(None, "not_an_object")
    id = body.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= MAX_ID_LENGTH:
        return Refusal(None, "bad_id")
    if too_deep(body):
        return Refusal(id, "too_deep")
    if unknown := body.keys() - _ENVELOPE:
        return Refusal(id, f"unknown_key: {', '.join(sorted(unknown))}")
    if body.get("name", name) != name:
        return Refusal(id, "name_differs_from_topic")
    args = body.get("args", {})
    wait = body.get("wait", False)
    if not isinstance(args, dict):
        return Refusal(id, "bad_args: args is an object")
    if not isinstance(wait, bool):
        return Refusal(id, "bad_args: wait is true or false")
    try:
        expires_at = _time(body.get("expires_at"))
        by = _asker(body.get("by"))
    except (ValueError, TypeError) as error:
        return Refusal(id, f"bad_args: {error}")
    return Command(id=id, name=name, args=args, expires_at=expires_at, by=by, wait=wait)


def _time(text: Any) -> datetime | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError("expires_at is a time such as 2026-11-24T18:00:00Z")
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("expires_at is a time such as 2026-11-24T18:00:00Z") from None
    raise ValueError("expires_at has no time zone")


def _asker(by: Any) -> Asker:
    if by is None:
        return Asker("cloud")
    if isinstance(by, str):
        return Asker("cloud", by)
    if isinstance(by, dict) and by.keys() <= {"name", "proof"}:
        name, proof = by.get("name"), by.get("proof")
        if isinstance(name, str | None) and isinstance(proof, str | None):
            return Asker("cloud", name, proof)
    raise TypeError("by is a name, or an object of name and proof")


def encode_answer(outcome: Outcome) -> bytes:
    """A command's state, on `up/cmd/{name}/res`."""
    return orjson.dumps(
        {
            "id": outcome.id,
            "state": outcome.state,
            "reason": outcome.reason,
            "result": None if outcome.result is None else dict(outcome.result),
            "at": outcome.at,
        },
        default=str,
        option=orjson.OPT_UTC_Z,
    )


def encode_refusal(refusal: Refusal, at: datetime) -> bytes:
    """The answer to what is no command: `rejected`, and nothing was recorded."""
    return orjson.dumps(
        {"id": refusal.id, "state": "rejected", "reason": refusal.reason, "result": None, "at": at},
        option=orjson.OPT_UTC_Z,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A stream at one moment: the newest epoch, its newest and oldest number, what the cloud has, what it lacks."""

    epoch: str
    head: int
    tail: int
    acknowledged: Place
    backlog: int


def encode_presence(connection: int, at: datetime, version: str, streams: Mapping[str, Held]) -> bytes:
    """The birth message: here we are, with this. Its will carries the same `connection`."""
    return orjson.dumps(
        {
            "online": True,
            "connection": connection,
            "at": at,
            "version": version,
            "streams": {
                name: {
                    "epoch": held.epoch,
                    "head": str(held.head),
                    "tail": str(held.tail),
                    "acknowledged": {"epoch": held.acknowledged.epoch, "sequence": str(held.acknowledged.sequence)},
                    "backlog": held.backlog,
                }
                for name, held in streams.items()
            },
        },
        option=orjson.OPT_UTC_Z,
    )


def encode_absence(connection: int) -> bytes:
    """The will, and what a clean stop says. A will of an older connection than the last birth is out of date."""
    return orjson.dumps({"online": False, "connection": connection})


def decode_presence(payload: bytes) -> dict[str, Held] | None:
    """The streams of a birth, None for an absence. Raises BadMessage."""
    try:
        body = orjson.loads(payload)
        if not body["online"]:
            return None
        return {
            name: Held(
                epoch=held["epoch"],
                head=int(held["head"]),
                tail=int(held["tail"]),
                acknowledged=Place(held["acknowledged"]["epoch"], int(held["acknowledged"]["sequence"])),
                backlog=int(held["backlog"]),
            )
            for name, held in body["streams"].items()
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadMessage(f"no presence: {error!r}") from error
