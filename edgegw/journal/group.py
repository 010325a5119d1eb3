"""What one transaction of the ledger writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from edgegw.journal.blocks import OpenBlock
from edgegw.journal.encode import Encoded
from edgegw.journal.outbox import OutboxRow
from edgegw.model.facts import Clock, Fact
from edgegw.model.state import Change
from edgegw.model.value import value


@value()
class NewFact:
    """A fact on its way to the ledger, with the identity that makes its insertion idempotent."""

    id: str
    fact: Fact
    recorded_at: datetime
    clock: Clock
    encoded: Encoded


@dataclass(slots=True)
class Group:
    """What one transaction writes."""

    facts: list[NewFact] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    blocks: list[OpenBlock] = field(default_factory=list)
    cursors: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    outbox: list[OutboxRow] = field(default_factory=list)
    run_began: datetime | None = None
    """When the machine's present run began, by a clock that was just corrected."""
