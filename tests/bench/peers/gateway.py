"""The gateway's stations, hub and ledger on a folder: `python -m tests.bench.peers.gateway FOLDER [--profile FILE]`.

Prints "ready PORT"; when stdin closes it stops as it does in the daemon and prints what the ledger then holds.
"""

import argparse
import asyncio
import contextlib
import cProfile
import json
import sqlite3
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import uvloop

from edgegw.daemon.process import calm_collector, share_interpreter
from edgegw.hub import Hub
from edgegw.journal import Journal
from edgegw.model.site import ChargingStation, Connector, Evse, Site, Supply, Tariff, Token
from edgegw.stations.server import StationServer
from edgegw.stations.settings import Listen, OcppSettings
from edgegw.stations.v2 import CODEC_21, CODEC_201
from edgegw.stations.v16 import CODEC


def site(stations: int) -> Site:
    def station(name: str) -> ChargingStation:
        evse = Evse(name, 1, 32.0, ("L1", "L2", "L3"), connectors=(Connector(1, "cType2"),))
        return ChargingStation(name, name, (evse,))

    return Site(
        "bench",
        "Bench",
        stations={f"CP{number:03d}": station(f"CP{number:03d}") for number in range(stations)},
        supply=Supply(limit_a=1000.0),
        tariffs={"default": Tariff("default", Decimal("1.89"))},
        tokens={"CARD1": Token("CARD1")},
    )


def held(folder: Path) -> dict[str, int]:
    """What the ledger's file holds, read by SQLite alone."""
    counts = {
        "samples": "SELECT coalesce(sum(samples), 0) FROM blocks WHERE source LIKE 'stations/%'",
        "started": "SELECT count(*) FROM facts WHERE type = 'transaction_started'",
        "ended": "SELECT count(*) FROM facts WHERE type = 'transaction_ended'",
    }
    with contextlib.closing(sqlite3.connect(folder / "journal.db")) as connection:
        return {name: connection.execute(query).fetchone()[0] for name, query in counts.items()}


async def main(folder: Path, stations: int) -> None:
    journal = Journal.open(folder, now=lambda: datetime.now(UTC))
    hub = Hub(site(stations), journal)
    await hub.start()
    await hub.configure(hub.site)
    settings = OcppSettings(listen=[Listen(address="127.0.0.1", port=0)], unknown_stations="reject")
    server = StationServer(hub, settings, {"1.6": CODEC, "2.0.1": CODEC_201, "2.1": CODEC_21})
    run = asyncio.create_task(server.run(lambda: print("ready", server.addresses[0][1], flush=True)))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    await hub.stop()
    await journal.close()
    print(json.dumps(held(folder)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stations", type=int, default=50)
    parser.add_argument("--profile", type=Path)
    asked = parser.parse_args()
    calm_collector()
    share_interpreter()
    if asked.profile is None:
        uvloop.run(main(asked.folder, asked.stations))
    else:
        with cProfile.Profile() as profile:
            uvloop.run(main(asked.folder, asked.stations))
        profile.dump_stats(asked.profile)
