"""Facts of what the cloud wants to be so, and has been brought into force here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from edgegw.model.facts.fact import Fact
from edgegw.model.value import value


@value(kw_only=True)
class TariffsChanged(Fact):
    """Price lists of revision `rev` came, `by` whose word: by name, as the SiteConfigured fact holds them.

    With `effective_from` after `at` they only wait; the same told again after that time is when they came into force.
    """

    type: ClassVar[str] = "tariffs_changed"
    shown: ClassVar[tuple[str, ...] | None] = ("rev", "tariffs", "effective_from")

    rev: int
    digest: str
    tariffs: Mapping[str, Any]
    effective_from: datetime | None = None
    by: str


@value(kw_only=True)
class DesiredApplied(Fact):
    """Revision `rev` of the desired state `name`, `limits` or `stations`, is in force; other facts say what changed."""

    type: ClassVar[str] = "desired_applied"
    shown: ClassVar[tuple[str, ...] | None] = ("name", "rev")

    name: str
    rev: int
    digest: str
