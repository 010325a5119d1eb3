"""Rows, values and readings as plain values for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from edgegw.journal.rows import stamp
from edgegw.model.samples import Latest
from edgegw.web.neighbours import Json


def plain(value: Any) -> Any:
    """A row or value as JSON: times as RFC 3339, money as decimal strings."""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def reading(latest: Latest | None) -> Json | None:
    if latest is None:
        return None
    sample = latest.sample
    return {"at": stamp(sample.at), "age_s": round(latest.age_s, 1), "quality": sample.quality, **sample.values}
