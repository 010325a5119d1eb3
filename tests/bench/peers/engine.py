"""Another websocket engine under the gateway, an experiment: `python -m tests.bench.peers.engine ENGINE [FOLDER]`.

`websockets-echo` and `picows-echo` answer each frame with two bytes and do nothing else: what an engine costs. The
first is the gateway's own connection class. `picows` is the gateway of `peers.gateway` (hub, ledger, links, codecs)
whose links speak through picows: what a gateway on that engine would do. It leaves out what this engine would still
need of us: TLS, proof of identity, flow control, and the limits of frames and connections.

Prints "ready PORT"; when stdin closes it stops, and prints what the ledger then holds.
"""

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import picows
import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from edgegw.daemon.process import calm_collector, share_interpreter
from edgegw.hub import Hub
from edgegw.journal import Journal
from edgegw.stations import admission
from edgegw.stations.connection import StationConnection
from edgegw.stations.link import Link
from edgegw.stations.server import StationServer
from edgegw.stations.settings import Listen, OcppSettings
from edgegw.stations.v16 import CODEC
from tests.bench.peers.gateway import held, site

TEXT = picows.WSMsgType.TEXT
ANSWER = b"{}"
OFFERED = "Sec-WebSocket-Protocol"


async def until_stdin_closes() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


# An echo on either engine


class Mirror:
    """See `connection.Receiver`."""

    has_room = True

    def receive(self, data: bytes) -> bytes:
        return ANSWER


async def websockets_echo() -> None:
    async def serve_one(connection: ServerConnection) -> None:
        assert isinstance(connection, StationConnection)
        connection.receiver = Mirror()
        await connection.wait_closed()

    async with serve(
        serve_one, "127.0.0.1", 0, create_connection=StationConnection, compression=None, ping_interval=None,
        subprotocols=[Subprotocol("ocpp1.6")],
    ) as server:  # fmt: skip
        print("ready", next(iter(server.sockets)).getsockname()[1], flush=True)
        await until_stdin_closes()


class Echo(picows.WSListener):  # type: ignore[misc]
    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type == TEXT:
            frame.get_payload_as_bytes()
            transport.send(TEXT, ANSWER)


async def picows_echo() -> None:
    server = await picows.ws_create_server(lambda request: Echo(), "127.0.0.1", 0)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await until_stdin_closes()
    server.close()


# The gateway's links on picows


class Connection(picows.WSListener):  # type: ignore[misc]
    """See `wire.Websocket`. As in `StationConnection`, a frame is offered to the link where it arrives."""

    def __init__(self, server: StationServer, station: str) -> None:
        self._server = server
        self._station = station
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._link: Link
        self._transport: picows.WSTransport
        self._life: asyncio.Task[None]

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._transport = transport
        around = self._server.around
        self._link = Link(self, self._station, CODEC, around, self._server.chronicle, address="127.0.0.1")
        self._life = asyncio.get_running_loop().create_task(self._live())

    async def _live(self) -> None:
        if await self._server.links.arrive(self._link):
            await self._server.links.leave(self._link, await self._link.run())

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type != TEXT:
            return
        data = frame.get_payload_as_bytes()
        if self._frames.empty() and self._link.has_room:
            answer = self._link.receive(data)
            if answer is not None:
                transport.send(TEXT, answer)
        else:
            self._frames.put_nowait(data)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self._frames.put_nowait(None)

    async def recv(self, decode: bool | None = None) -> bytes:
        data = await self._frames.get()
        if data is None:
            raise ConnectionClosedError(None, None)
        return data

    async def send(self, message: bytes, *, text: bool | None = None) -> None:
        self._transport.send(TEXT, message)

    async def ping(self) -> asyncio.Future[float]:
        self._transport.send_ping()
        return asyncio.get_running_loop().create_future()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self._transport.send_close(code, reason.encode())
        self._transport.disconnect()


async def gateway(folder: Path, stations: int) -> None:
    journal = Journal.open(folder, now=lambda: datetime.now(UTC))
    hub = Hub(site(stations), journal)
    await hub.start()
    await hub.configure(hub.site)
    settings = OcppSettings(listen=[Listen(address="127.0.0.1", port=0)], unknown_stations="reject")
    stations_server = StationServer(hub, settings, {"1.6": CODEC})

    def let_in(request: picows.WSUpgradeRequest) -> object:
        station = admission.station_id(request.path.decode())
        chosen = admission.choose_subprotocol([request.headers.get(OFFERED, "")])
        if station is None or chosen != "ocpp1.6":
            return None
        answer = picows.WSUpgradeResponse.create_101_response(extra_headers={OFFERED: chosen})
        return picows.WSUpgradeResponseWithListener(answer, Connection(stations_server, station))

    server = await picows.ws_create_server(let_in, "127.0.0.1", 0)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await until_stdin_closes()
    server.close()
    await asyncio.sleep(0.2)
    await hub.stop()
    await journal.close()
    print(json.dumps(held(folder)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=["websockets-echo", "picows-echo", "picows"])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--stations", type=int, default=50)
    asked = parser.parse_args()
    calm_collector()
    share_interpreter()
    if asked.engine == "picows":
        uvloop.run(gateway(asked.folder, asked.stations))
    else:
        uvloop.run(websockets_echo() if asked.engine == "websockets-echo" else picows_echo())
