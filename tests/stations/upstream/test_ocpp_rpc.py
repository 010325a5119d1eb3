"""`ocpp-rpc` in strict mode as the other CSMS: it validates every message that it is told, and every answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.model import facts as f
from edgegw.simulate import Car
from edgegw.simulate.station import Version
from tests.simulate.served import VERSIONS
from tests.stations.foreign.node import station as node
from tests.stations.upstream.presented import presented

pytestmark = pytest.mark.timeout(300)  # the first time, npm brings the packages


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("say", ["local", "upstream"])
async def test_it_sees_a_charge_that_it_began_and_ended(tmp_path: Path, version: Version, say: str) -> None:
    async with node("csms_rpc.mjs", "", {}, password="secret-1") as csms:
        url = f"ws://127.0.0.1:{csms.port}/ocpp/{{station}}"
        async with (
            presented(tmp_path, url, passwords={"CP01": "secret-1"}, authority=say) as gateway,
            gateway.station(version) as station,
        ):
            await gateway.until(gateway.connected)
            station.plug(Car())
            token = {"idToken": "CARD1", "type": "Central"}
            if version == "1.6":
                asked = await csms.call("RemoteStartTransaction", {"connectorId": 1, "idTag": "CARD1"})
            else:
                asked = await csms.call("RequestStartTransaction", {"remoteStartId": 5, "evseId": 1, "idToken": token})
            assert asked["status"] == "Accepted"
            metered = "MeterValues" if version == "1.6" else "TransactionEvent"
            await gateway.until(
                lambda: gateway.transactions and dict(csms.heard).get(metered) and not gateway.backlog()
            )
            if version == "1.6":
                asked = await csms.call("RemoteStopTransaction", {"transactionId": 7001})
            else:
                reference = gateway.transactions[0].reference
                asked = await csms.call("RequestStopTransaction", {"transactionId": reference})
            assert asked["status"] == "Accepted"
            await gateway.until(lambda: gateway.facts(f.TransactionEnded) and gateway.backlog() == 0)
        last = next(
            payload for action, payload in reversed(csms.heard) if action in ("StopTransaction", "TransactionEvent")
        )
        assert last.get("transactionId", 7001) == 7001
        assert last.get("eventType", "Ended") == "Ended"
        assert csms.wrong == []


async def test_a_wrong_password_is_said_in_words(tmp_path: Path) -> None:
    async with node("csms_rpc.mjs", "", {}, password="secret-1") as csms:
        url = f"ws://127.0.0.1:{csms.port}/ocpp/{{station}}"
        async with presented(tmp_path, url, passwords={"CP01": "wrong"}) as gateway, gateway.station("1.6"):
            presence = gateway.forwarding.presence("CP01")
            assert presence is not None
            await gateway.until(lambda: presence.trouble)
            assert presence.trouble == "it refuses the connection with HTTP 401: the password is wrong"
