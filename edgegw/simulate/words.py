"""Words that the dialects of the virtual stations share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

VENDOR: Final = "edgegw"
MODEL: Final = "Virtual station"


def stamp(at: datetime) -> str:
    """A time as OCPP writes it: UTC with Z, and the 3 decimals that 2.x allows."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
