"""What a station keeps beside its charges, in every version."""

from __future__ import annotations

from dataclasses import dataclass, field

from edgegw.simulate.link import Payload


@dataclass(slots=True)
class Cabinet:
    """`reserved`: EVSE by reservation number, 0 for any; `reserved_for`: token and group by it. `tokens` is the local
    list, `certificates` are hash data by type, `texts` are the messages that its display shows, by number."""

    reserved: dict[int, int] = field(default_factory=dict)
    reserved_for: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    list_version: int = 0
    tokens: list[str] = field(default_factory=list)
    certificates: list[tuple[str, Payload]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
