"""Facts of vendors' own messages."""

from __future__ import annotations

from typing import ClassVar, Literal

from edgegw.model.facts.fact import StationFact
from edgegw.model.value import value


@value(kw_only=True)
class DataTransferred(StationFact):
    """A station sent a message of a vendor's own, and was answered `status`.

    `data` is its content as text, or the beginning of it (`cut`), without what is named like a password. Nobody knows
    what else is in it, so it can be erased.
    """

    type: ClassVar[str] = "data_transferred"
    shown: ClassVar[tuple[str, ...] | None] = ("status",)
    personal: ClassVar[tuple[str, ...]] = ("data",)

    vendor: str
    message: str | None = None
    status: Literal["accepted", "rejected", "unknown_message", "unknown_vendor"]
    data: str | None = None
    cut: bool = False
