"""What the composition root works out for the services that it joins."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edgegw.daemon import services
from edgegw.daemon.services import Services
from edgegw.model.site import Supply
from edgegw.settings import Settings
from tests.support.hubs import a_site


def test_the_shares_of_a_site_are_worked_out_once_until_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand stations that come at once ask each for its own: worked out a thousand times it took a minute."""
    asked: list[Any] = []
    worked_out = services.default_limits

    def counted(site: Any) -> Any:
        asked.append(site)
        return worked_out(site)

    monkeypatch.setattr(services, "default_limits", counted)
    hub: Any = SimpleNamespace(site=a_site(), now=lambda: datetime.now(UTC))
    nobody: Any = None
    made = Services(Settings.model_construct(meters=[]), Path(), hub, nobody, nobody)
    assert [made._default_limits(name) for name in ("CP01", "CP02", "CP99")] == [{1: 6.0}, {1: 6.0, 2: 6.0}, {}]
    assert len(asked) == 1
    hub.site = a_site(supply=Supply(limit_a=63.0, fallback_a=8.0))
    assert made._default_limits("CP01") == {1: 8.0}
    assert len(asked) == 2
