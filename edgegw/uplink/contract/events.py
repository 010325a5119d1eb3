"""Schemas of what `codec.events` makes: batches of facts, of blocks of samples, and of gaps in their places."""

from __future__ import annotations

from typing import get_args

from edgegw.model.facts import FACTS, Clock
from edgegw.model.samples import QUANTITIES, Quality
from edgegw.uplink.codec.events import GAP_TYPE, MAX_EVENTS, SAMPLES_TYPE
from edgegw.uplink.contract import classes
from edgegw.uplink.contract.words import EPOCH, SEQUENCE, TEXT, TIME, Schema, fields, listed, maybe, named

NUMBER: Schema = {"type": ["number", "null"]}


def schemas() -> dict[str, Schema]:
    """By name; the data of a fact is by its wire name."""
    return {
        "facts_batch": _batch("fact_event", "Facts in order of their numbers, and gaps in the places of some"),
        "samples_batch": _batch("samples_event", "Blocks of samples in order of their numbers, and gaps"),
        "fact_event": {
            "description": "`type` says which of the facts `data` is. Types come with later versions: store those that "
            "you do not know as they are, and acknowledge them.",
            "allOf": [named("event"), _OF_A_FACT],
            "oneOf": [_typed(f"io.edgegw.{name}.v1", name) for name in FACTS],
        },
        "samples_event": {"allOf": [named("event"), _typed(SAMPLES_TYPE, "samples")]},
        "gap_event": {"allOf": [named("event"), _typed(GAP_TYPE, "gap")]},
        "event": _event(),
        "samples": _samples(),
        "gap": _gap(),
        **classes.facts(),
    }


def _batch(event: str, about: str) -> Schema:
    whole = listed({"oneOf": [named(event), named("gap_event")]}, about)
    return {**whole, "maxItems": MAX_EVENTS}


def _typed(type: str, data: str) -> Schema:
    return {"type": "object", "properties": {"type": {"const": type}, "data": named(data)}}


def _event() -> Schema:
    return fields(
        {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "description": "UUID, of one event in the world; it comes again with a repeat"},
            "source": {"type": "string", "description": "What it is about: /sites/{site}/stations/{id}, for instance"},
            "type": {"type": "string", "pattern": r"^io\.edgegw\.[a-z0-9_]+\.v1$"},
            "time": {**TIME, "description": "When it happened; of samples when the block begins"},
            "sequence": {
                "type": "string", "pattern": "^[0-9]{20}$",
                "description": "Its number, contiguous in (site, epoch, stream) from 1; of a gap its last one",
            },
            "epoch": EPOCH,
            "datacontenttype": {"const": "application/json"},
            "data": {"type": "object"},
        },
        about="CloudEvents 1.0, JSON format.",
    )  # fmt: skip


_OF_A_FACT: Schema = fields(
    {
        "recordedtime": {**TIME, "description": "When the gateway wrote it down"},
        "clock": {"enum": list(get_args(Clock)), "description": "What the gateway's clock was worth at that moment"},
        "facthash": {
            "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Its link of the ledger's chain of hashes"
        },
    },
    {
        "boot": {"type": "string", "description": "The machine's start in which it was recorded, where that is known"},
        "traceparent": {
            "type": "string", "description": "W3C Trace Context of its commit, of what is traced; go on with it"
        },
    },
)  # fmt: skip


def _samples() -> Schema:
    return fields(
        {
            "start": {**TIME, "description": "When the first reading was taken"},
            "t": listed({"type": "integer"}, "Milliseconds after start, one a reading"),
        },
        {
            **{name: listed(NUMBER, "One a reading, null where it brought none") for name in QUANTITIES},
            "quality": listed({"enum": list(get_args(Quality))}, "One a reading; not there when all are good"),
        },
        about="Readings of one source over at most a minute, as columns of one length.",
    )


def _gap() -> Schema:
    return fields(
        {
            "from": {**SEQUENCE, "description": "First number that is missing"},
            "to": {**SEQUENCE, "description": "Last one"},
            "reason": {
                **TEXT,
                "description": "dropped: no room was left; expired: the site keeps nothing longer; damaged: the disk "
                "lost it; refused: the broker does not take it; delivered: acknowledged before, and kept no longer",
            },
        },
        {"samples": maybe({"type": "integer"}, "Readings that went with them, where that is known")},
        about="Stands in the place of records that are no longer held, or that the broker does not take.",
    )
