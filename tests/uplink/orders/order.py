"""What the modules of this folder are made of: each has the orders of one module of `edgegw.model.commands`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Args = Mapping[str, Any]
Order = tuple[str, Args | Callable[[Mapping[str, Any]], Args]]
"""A command and its arguments but for the station, or how all of them are made of the results so far, by command."""

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
URL = "http://192.0.2.9:8008/files"


def later(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()
