"""Charging stations that others wrote, against the server with the real codecs: PyPI `test-ocpp`, npm `ocpp-rpc`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from edgegw.model.facts import StationBooted, TransactionEnded, TransactionStarted
from edgegw.stations.link import Timing
from edgegw.stations.server import StationServer
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v16 import CODEC
from tests.stations.doubles import settings
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub, a_site
from tests.support.ledgers import facts_in
from tests.support.node import NoNode, node_folder

CODECS: Any = {"1.6": CODEC, "2.0.1": CODEC_201, "2.1": CODEC_21}


class Running:
    """A server with a real hub and ledger in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""

    async def __aenter__(self) -> Running:
        self._hub = a_hub(self.folder, FakeClock(), a_site())
        hub = await self._hub.__aenter__()
        self.server = StationServer(hub, settings(), CODECS, timing=Timing(call_timeout_s=5.0))
        started = asyncio.Event()
        self._run = asyncio.create_task(self.server.run(started.set))
        await asyncio.wait_for(started.wait(), 5)
        self.url = "ws://{}:{}/ocpp".format(*self.server.addresses[0])
        return self

    async def __aexit__(self, *error: object) -> None:
        self._run.cancel()
        await asyncio.gather(self._run, return_exceptions=True)
        await self._hub.__aexit__(None, None, None)

    def facts(self, kind: type) -> list[Any]:
        return [fact for fact in facts_in(self.folder / "journal.db") if isinstance(fact, kind)]


async def run(*command: str, **options: Any) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, **options
    )
    told, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, told.decode()


@pytest.mark.parametrize(("version", "slash"), [("1.6", False), ("1.6", True), ("2.0.1", False)])
async def test_test_ocpp_boots_and_beats(tmp_path: Path, version: str, slash: bool) -> None:
    command = Path(sys.executable).with_name("test-ocpp")
    async with Running(tmp_path) as running:
        options = ["--ocpp", version, *(["--trailing-slash"] if slash else [])]
        code, told = await run(str(command), running.url, "CP01", *options)
        assert code == 0, told
        (booted,) = running.facts(StationBooted)
        assert (booted.station, booted.ocpp, booted.status) == ("CP01", version, "accepted")


# ocpp-rpc validates both ways in strict mode; of 2.1 it has no schemas.
STORY = """
import { RPCClient } from 'ocpp-rpc';
const [endpoint, version] = process.argv.slice(2);
const strictMode = version !== '2.1';
const station = new RPCClient({ endpoint, identity: 'CP01', protocols: ['ocpp' + version], strictMode });
station.handle('ClearCache', () => ({ status: 'Accepted' }));
await station.connect();
const now = () => new Date().toISOString();
const call = async (action, payload) => station.call(action, payload);
if (version === '1.6') {
  await call('BootNotification', { chargePointVendor: 'v', chargePointModel: 'm' });
  await call('Heartbeat', {});
  await call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Preparing' });
  await call('Authorize', { idTag: 'CARD1' });
  const begun = await call('StartTransaction', { connectorId: 1, idTag: 'CARD1', meterStart: 100, timestamp: now() });
  const transactionId = begun.transactionId;
  const sampledValue = [{ value: '150', unit: 'Wh' }];
  await call('MeterValues', { connectorId: 1, transactionId, meterValue: [{ timestamp: now(), sampledValue }] });
  await call('StopTransaction', { transactionId, meterStop: 200, timestamp: now(), reason: 'Local' });
} else {
  const evse = { id: 1, connectorId: 1 };
  await call('BootNotification', { reason: 'PowerUp', chargingStation: { vendorName: 'v', model: 'm' } });
  await call('StatusNotification', { timestamp: now(), connectorStatus: 'Available', evseId: 1, connectorId: 1 });
  const idToken = { idToken: 'CARD1', type: 'ISO14443' };
  await call('Authorize', { idToken });
  const event = (eventType, seqNo, triggerReason) => call('TransactionEvent', {
    eventType, seqNo, triggerReason, timestamp: now(), transactionInfo: { transactionId: 'tx-1' }, evse, idToken,
    meterValue: [{ timestamp: now(), sampledValue: [{ value: 100 + 50 * seqNo }] }],
  });
  await event('Started', 0, 'Authorized');
  await event('Updated', 1, 'MeterValuePeriodic');
  await event('Ended', 2, 'StopAuthorized');
}
try { await call('MadeUp', {}); } catch (error) { console.log(error.rpcErrorCode ?? error.name); }
await station.close();
"""


@pytest.mark.timeout(300)  # the first time, npm brings the package
@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_ocpp_rpc_tells_a_whole_charging_story(tmp_path: Path, version: str) -> None:
    try:
        folder = await asyncio.to_thread(node_folder)
    except NoNode as reason:
        pytest.skip(str(reason))
    story = folder / f"story-{os.getpid()}-{version}.mjs"  # beside node_modules, where node looks for ocpp-rpc
    story.write_text(STORY)
    async with Running(tmp_path) as running:
        code, told = await run("node", str(story), running.url, version, cwd=folder)
        story.unlink()
        assert code == 0, told
        assert len(running.facts(TransactionStarted)) == len(running.facts(TransactionEnded)) == 1
        assert running.facts(StationBooted)[0].ocpp == version
