"""What the composition root works out for the services that it joins."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edgegw.daemon import defaults
from edgegw.daemon.defaults import Defaults
from edgegw.daemon.services import Services
from edgegw.model.contracts import ContractQuestion, ContractWord
from edgegw.model.site import Supply
from edgegw.model.state import LearnedQuirk, State, StationQuirks
from edgegw.settings import Settings
from edgegw.stations.limiting import Limitings
from edgegw.stations.quirkfiles import Families
from tests.support.certificates import Authority
from tests.support.hubs import a_site


def test_the_shares_of_a_site_are_worked_out_once_until_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand stations that come at once ask each for its own: worked out a thousand times it took a minute."""
    asked: list[Any] = []
    worked_out = defaults.default_limits

    def counted(site: Any, in_watts: Any) -> Any:
        asked.append(site)
        return worked_out(site, in_watts)

    monkeypatch.setattr(defaults, "default_limits", counted)
    state = State()
    hub: Any = SimpleNamespace(site=a_site(), state=state, now=lambda: datetime.now(UTC))
    limitings = Limitings(hub, Families(()))
    made = Defaults(hub, lambda: limitings)
    assert [made.of(name) for name in ("CP01", "CP02", "CP99")] == [{1: 6.0}, {1: 6.0, 2: 6.0}, {}]
    assert len(asked) == 1
    hub.site = a_site(supply=Supply(limit_a=63.0, fallback_a=8.0))
    assert made.of("CP01") == {1: 8.0}
    assert len(asked) == 2
    hub.site = a_site(supply=Supply(limit_a=32.0))
    assert made.of("CP01") == {1: 6.0}
    learned = LearnedQuirk("no_ampere", datetime.now(UTC), "it refused amperes")
    state.quirks["CP02"] = StationQuirks("CP02", (learned,))
    assert [made.of(name) for name in ("CP01", "CP02", "CP01")] == [{1: 6.0}, {1: 6.0, 2: 0.0}, {1: 6.0}]
    assert len(asked) == 4, "those of watts alone change nobody else's"


@pytest.mark.parametrize("ocsp", ["off", "local"])
async def test_a_root_that_can_not_be_read_is_told_and_costs_the_answer_alone(ocsp: str, caplog: Any) -> None:
    hub: Any = SimpleNamespace(site=a_site(), now=lambda: datetime.now(UTC))
    nobody: Any = None
    contracts = {"ocsp": ocsp, "roots": ["/nowhere/root.pem"]}
    settings = Settings.model_validate({
        "site": {"id": "s", "name": "S", "timezone": "UTC"}, "ocpp": {"contracts": contracts},
        "stations": [{"id": "CP01"}],
    })  # fmt: skip
    made = Services(settings, Path(), hub, nobody, nobody)
    question = ContractQuestion(station="CP01", id_token="BR8AA", chain="-----BEGIN")
    assert await made.running.contracts(question) is None
    assert ("/nowhere/root.pem can't be read" in caplog.text) is (ocsp == "local")


async def test_the_gateway_answers_itself_where_it_is_said_to(tmp_path: Path) -> None:
    root = Authority(tmp_path).ca
    hub: Any = SimpleNamespace(site=a_site(), now=lambda: datetime.now(UTC))
    nobody: Any = None
    settings = Settings.model_validate({
        "site": {"id": "s", "name": "S", "timezone": "UTC"}, "stations": [{"id": "CP01"}],
        "ocpp": {"contracts": {"ocsp": "local", "roots": [str(root)]}},
    })  # fmt: skip
    made = Services(settings, Path(), hub, nobody, nobody)
    question = ContractQuestion(station="CP01", id_token="test ca", chain=root.read_text())
    assert await made.running.contracts(replace(question, chain="-----BEGIN")) == ContractWord("cert_chain_error")
