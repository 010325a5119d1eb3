"""What EVA may read to anybody: how the bays stand, prices, and the site's texts."""

from __future__ import annotations

from pathlib import Path

from edgegw.hub.kiosk import Kiosk
from edgegw.model import facts as f
from edgegw.model.kiosk import KioskTerms, Proposal
from tests.support.clock import FakeClock
from tests.support.hubs import a_hub


async def test_a_free_bay_is_told_by_the_name_that_drivers_use(tmp_path: Path) -> None:
    clock = FakeClock()
    async with a_hub(tmp_path, clock) as hub:
        await hub.record(
            f.StationConnected(at=hub.now(), station="CP01", ocpp="1.6"),
            f.StationStatusChanged(at=hub.now(), station="CP01", evse=1, connector=1, status="available"),
        )
        kiosk = Kiosk(hub, KioskTerms())
        assert kiosk.open("d1", "pt", "voice") is None
        answer = await kiosk.propose(Proposal("d1", "c1", "station_status", {"station": "Vaga 1"}, hub.now()))
        assert (answer.decision, answer.say) == ("allowed", "Vaga 1 está livre.")
