"""The whole way from a charger's frame to the cloud's database, each part a process of its own."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from edgegw.simulate import Station
from edgegw.simulate.demo.proof import Proof, compare, heads
from edgegw.simulate.dialect import Version
from tests.support.filesystem import LoopFilesystem
from tests.support.gateway import GatewayProcess, IngestProcess, until
from tests.support.mosquitto import Mosquitto

SITE = "paulista-01"


class Chain:
    """Broker, cloud and gateway, all running.

    `gateway_address` and `cloud_address` are loopback addresses by which either side calls the broker; with them it
    listens on all, so that is for a network namespace of one's own. `disk` lies under the gateway's ledger.
    """

    def __init__(
        self,
        folder: Path,
        stack: ExitStack,
        *,
        gateway_address: str | None = None,
        cloud_address: str | None = None,
        disk: LoopFilesystem | None = None,
        **options: Any,
    ) -> None:
        self.disk = disk
        self.broker = stack.enter_context(Mosquitto(folder, address="0.0.0.0" if gateway_address else "127.0.0.1"))
        ways = (
            f"mqtt://{each}:{self.broker.port}" if each else self.broker.url
            for each in (gateway_address, cloud_address)
        )
        to_gateway, to_cloud = ways
        self.cloud = stack.enter_context(IngestProcess(folder, to_cloud))
        self.gateway = stack.enter_context(GatewayProcess(folder, broker=to_gateway, site=SITE, **options))
        self.stations: list[Station] = []
        """Those that `station` made."""

    def station(self, id: str = "CP01", version: Version = "1.6", **options: Any) -> Station:
        """A station that meters twice a second and comes back soon after a cut."""
        quick: dict[str, Any] = {"meter_every_s": 0.5, "backoff_s": (0.1, 0.5), "retry_s": 0.5, "patience_s": 3.0}
        made = Station(id, version, url=self.gateway.url, **(quick | options))
        self.stations.append(made)
        return made

    async def proven(self, within_s: float = 30.0) -> Proof:
        """Wait until the cloud has everything, then hold the two databases against each other, row by row."""
        await until(lambda: self.gateway.delivered, within_s, "the cloud has everything")
        self.gateway.stop()  # what it writes when it stops is delivered by the next start
        self.gateway.start()
        await until(lambda: self.gateway.delivered, within_s, "the cloud has everything after a restart")
        return compare(self.gateway.database, self.cloud.database, SITE, heads(self.gateway.database))

    async def delivered(self) -> None:
        """The same as an assertion."""
        proof = await self.proven()
        assert proof.holds, proof.differences
        assert proof.ledger.facts > 0
        assert proof.ledger.samples > 0

    def transactions(self) -> list[Any]:
        """The ledger's transactions, oldest first."""
        items: list[Any] = self.gateway.get("/transactions")["items"]
        return sorted(items, key=lambda item: item["started_at"])
