"""Secrets and tokens that nobody without rights may read, planted, used, and looked for wherever something is told."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegw.journal.rows import dump
from edgegw.model import facts as f
from edgegw.model.site import Token
from edgegw.simulate.car import Car
from edgegw.web import masks, places
from edgegw.web.metrics import exposition
from edgegw.web.neighbours import Neighbours
from tests.simulate.served import VERSIONS, served
from tests.support.hubs import a_site, a_station

PASSWORD = "canary-password-7f3a"
TOKEN = "CANARYTOKEN7F3A"
SILENT = ("edgegw.simulate", "edgegw.stations.websocket")
"""Loggers of the station's own side, and one that the daemon silences (`edgegw.daemon.process`)."""


@pytest.mark.parametrize("version", VERSIONS)
async def test_no_secret_is_told_by_log_metrics_api_or_facts(tmp_path: Path, caplog: Any, version: Any) -> None:
    caplog.set_level(logging.DEBUG)
    site = a_site(stations={"CP01": replace(a_station("CP01"), security_profile=1)}, tokens={TOKEN: Token(TOKEN)})
    async with (
        served(tmp_path, site, passwords={"CP01": PASSWORD}) as gateway,
        gateway.station(version, password=PASSWORD) as station,
    ):
        await station.until(lambda: station.booted)
        station.plug(Car())
        assert await station.present(TOKEN)
        await gateway.until(lambda: gateway.hub.state.at_evse)
        assert (await gateway.command("rotate_password", station="CP01")).state == "done"
        await gateway.until(lambda: gateway.facts(f.PasswordConfirmed))
        names = ("AuthorizationKey", "SecurityCtrlr.BasicAuthPassword")
        (made,) = [station.settings[name] for name in names if name in station.settings]
        around = Neighbours()
        lines = [
            record.getMessage()
            for record in caplog.records
            if record.name.startswith("edgegw") and not record.name.startswith(SILENT)
        ]
        told = {
            "log": "\n".join(lines),
            "metrics": exposition(gateway.hub, around)[0].decode(),
            "stations": json.dumps(places.stations(gateway.hub, around, masked=True), default=str),
            "facts": "".join(
                json.dumps(masks.fact(fact.type, json.loads(dump(fact)))) for fact in gateway.facts(f.Fact)
            ),
        }
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for secret in (PASSWORD, made):
        assert secret.encode() not in held, "a password is in the ledger"
        assert [place for place, text in told.items() if secret in text] == []
    assert TOKEN.encode() in held, "nothing was charged, so nothing was looked for"
    assert [place for place, text in told.items() if TOKEN in text] == []
