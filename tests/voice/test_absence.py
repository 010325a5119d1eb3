"""EVA crashes, hangs or is not there while a car charges: charging knows nothing of it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from edgegw.simulate import Car, Station
from tests.support.gateway import GatewayProcess, until
from tests.support.ledgers import check
from tests.voice.kiosk import Kiosk, a_kiosk
from tests.voice.test_process import ASKED

OWN = ("voice_", "transaction_metered")
"""Facts of which a longer charge has more, or which are EVA's own."""


class Charge:
    """A car at CP01 of a gateway, from its card to its bill."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self._gateway = gateway
        self.station = Station("CP01", "2.0.1", url=gateway.url, meter_every_s=0.5, backoff_s=(0.1, 0.5))

    async def begins(self) -> None:
        station = self.station
        await station.until(lambda: station.booted, 20)
        station.plug(Car(soc=0.3))
        assert await station.present("CARD1")
        await station.until(lambda: station.places[1].power_w > 1000 and not station.waiting, 20)

        def asked() -> bool:
            return bool(self._gateway.get("/facts?type=inventory_taken")["items"])

        await until(asked, 30, "the station has told all of itself")

    async def goes_on(self) -> None:
        """Power flows, and a reading is taken and answered, in time."""
        station = self.station
        told, wh = len(station.said("TransactionEvent")), station.places[1].register_wh
        station.tell_readings(1)
        await station.until(lambda: len(station.said("TransactionEvent")) > told, 2)
        await station.until(lambda: station.places[1].register_wh > wh + 0.5, 5)
        assert station.connected

    async def ends(self) -> None:
        station = self.station
        station.unplug()
        await station.until(lambda: not station.waiting, 20)

        def billed() -> bool:
            return bool(self._gateway.get("/facts?type=cdr_closed")["items"])

        await until(billed, 10)


def left_behind(gateway: GatewayProcess, charge: Charge) -> tuple[Counter[str], dict[str, Any]]:
    """What the ledger holds: how many facts of each kind, and how the charge ended."""
    facts = check(gateway.database.parent)
    ended: dict[str, Any] = {}
    for fact in facts:
        if fact.type == "transaction_ended":
            ended = {"reason": fact.reason, "id_token": fact.id_token}  # type: ignore[attr-defined]
        elif fact.type == "cdr_closed":
            ended["off_by_wh"] = fact.energy_wh - int(charge.station.places[1].register_wh)  # type: ignore[attr-defined]
    return Counter(fact.type for fact in facts if not fact.type.startswith(OWN)), ended


async def without_eva(folder: Path) -> tuple[Counter[str], dict[str, Any]]:
    gateway = GatewayProcess(folder)
    await asyncio.to_thread(gateway.start)
    try:
        charge = Charge(gateway)
        async with charge.station:
            await charge.begins()
            await charge.goes_on()
            await charge.ends()
    finally:
        await asyncio.to_thread(gateway.stop)
    return left_behind(gateway, charge)


async def connected(kiosk: Kiosk, there: bool, within_s: float) -> None:
    async def so() -> bool:
        return bool((await kiosk.screen())["voice"]["connected"]) is there

    await until(so, within_s, f"EVA connected: {there}")


async def test_killed_hung_or_absent_she_leaves_no_trace_in_charging_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "with").mkdir()
    comparing = asyncio.create_task(without_eva(tmp_path / "without"))
    probe: dict[str, Any] = {"steps": []}
    talk: dict[str, Any] = {"steps": ASKED}
    async with a_kiosk(tmp_path / "with", [talk, probe, talk]) as kiosk:
        charge = Charge(kiosk.gateway)
        async with charge.station:
            await charge.begins()
            await kiosk.touch()
            await kiosk.shown("listening")
            assert (await kiosk.screen())["voice"]["microphone_live"]
            kiosk.voice.kill()
            await connected(kiosk, there=False, within_s=2)
            assert not (await kiosk.screen())["voice"]["microphone_live"]
            await charge.goes_on()

            await asyncio.to_thread(kiosk.voice.start)
            await kiosk.shown("idle")
            hung = kiosk.voice.pid
            os.kill(hung, signal.SIGSTOP)
            try:
                await charge.goes_on()
                assert (await kiosk.screen())["voice"]["connected"], "it takes a while to tell"
                await connected(kiosk, there=False, within_s=15)
                status, _ = await asyncio.to_thread(
                    kiosk.gateway.api, "POST", "/api/v1/kiosk/button", {"pressed": True}
                )
                assert status == 503
                told = await kiosk.asked("POST", "/propose", {"tool": "prices", "args": {}})
                assert told["decision"] == "allowed", "the screen does without her"
            finally:
                os.kill(hung, signal.SIGCONT)
            await connected(kiosk, there=True, within_s=10)
            await kiosk.shown("idle")
            await charge.goes_on()
            assert await asyncio.to_thread(kiosk.voice.stop) == 0
            await connected(kiosk, there=False, within_s=2)
            await charge.goes_on()
            await charge.ends()
        assert await asyncio.to_thread(kiosk.gateway.stop) == 0
        assert " ERROR " not in kiosk.gateway.log.read_text()
        assert left_behind(kiosk.gateway, charge) == await comparing
