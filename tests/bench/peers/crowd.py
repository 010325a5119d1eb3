"""Very many stations in one process: `python -m tests.bench.peers.crowd URL WHAT FIRST LAST`.

It prints "ready", and is then told by words on stdin, each of which it answers with a line of JSON; the end of stdin
ends it. WHAT is `crowd`: at `come` the stations CP<FIRST> to CP<LAST> connect, boot and show a card, all at once; at
`leave` they vanish as in a power cut. Or WHAT is `cards`: those stations are there from the start, and from `begin` to
`end` a card is held to each of them ten times a second.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence

import orjson
import picows
import uvloop

from tests.bench.peers.load import TEXT, Station

CARD_EVERY_S = 0.1
PATIENCE_S = 60.0


class Crowded(Station):
    """Takes every limit that it is given; as `Station` else."""

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type == TEXT:
            payload = frame.get_payload_as_bytes()
            if payload[1:2] == b"2":
                transport.send(TEXT, orjson.dumps([3, orjson.loads(payload)[1], {"status": "Accepted"}]))
                return
        super().on_ws_frame(transport, frame)

    async def card(self) -> float:
        """Hold a card to the reader: the seconds until the answer."""
        began = time.perf_counter()
        answer = await self.ask("Authorize", {"idTag": "CARD1"})
        if answer["idTagInfo"]["status"] != "Accepted":  # type: ignore[index]
            raise RuntimeError(f"the card was answered with {answer}")
        return time.perf_counter() - began


async def connected(url: str, name: str) -> Crowded:
    _, station = await picows.ws_connect(
        Crowded, f"{url}/{name}", websocket_handshake_timeout=PATIENCE_S,
        extra_headers={"Sec-WebSocket-Protocol": "ocpp1.6"},
    )  # fmt: skip
    return station  # type: ignore[no-any-return]


class Crowd:
    def __init__(self, url: str, names: Sequence[str]) -> None:
        self._url = url
        self._names = names
        self._there: list[Crowded] = []

    async def ready(self) -> None:
        """Nobody is there yet."""

    async def do(self, word: str) -> dict[str, object]:
        return await self._come() if word == "come" else self._leave()

    async def _come(self) -> dict[str, object]:
        """Each connects, boots, and shows a card as soon as it may."""
        began = time.perf_counter()
        booted: list[float] = []
        cards: list[float] = []

        async def one(name: str) -> Crowded:
            station = await connected(self._url, name)
            await station.boot("1.6")
            booted.append(time.perf_counter() - began)
            cards.append(await station.card())
            return station

        self._there = await asyncio.gather(*(one(name) for name in self._names))
        return {"booted_s": max(booted), **spread(cards)}

    def _leave(self) -> dict[str, object]:
        """The power goes: every socket is closed without a goodbye."""
        for station in self._there:
            station.transport.disconnect()
        gone, self._there = len(self._there), []
        return {"gone": gone}


class Cards:
    def __init__(self, url: str, names: Sequence[str]) -> None:
        self._url = url
        self._names = names
        self._stations: list[Crowded] = []
        self._took: list[float] = []
        self._showing: asyncio.Future[object] | None = None
        self._wanted = True

    async def ready(self) -> None:
        self._stations = [await connected(self._url, name) for name in self._names]
        for station in self._stations:
            await station.boot("1.6")

    async def do(self, word: str) -> dict[str, object]:
        if word == "begin":
            self._wanted, self._took = True, []
            offsets = (index * CARD_EVERY_S / len(self._names) for index in range(len(self._names)))
            self._showing = asyncio.gather(*map(self._show, self._stations, offsets))
            return {}
        self._wanted = False
        if self._showing is not None:
            await self._showing
        return spread(self._took)

    async def _show(self, station: Crowded, offset_s: float) -> None:
        await asyncio.sleep(offset_s)
        while self._wanted:
            self._took.append(await station.card())
            await asyncio.sleep(CARD_EVERY_S)


def spread(seconds: list[float]) -> dict[str, object]:
    """How many there were, their median, p99 and longest in milliseconds."""
    in_order = sorted(seconds)
    return {
        "cards": len(in_order),
        "p50_ms": in_order[len(in_order) // 2] * 1000,
        "p99_ms": in_order[int(len(in_order) * 0.99)] * 1000,
        "max_ms": in_order[-1] * 1000,
    }


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("what", choices=["crowd", "cards"])
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    asked = parser.parse_args()
    names = [f"CP{number:04d}" for number in range(asked.first, asked.last + 1)]
    stations = (Crowd if asked.what == "crowd" else Cards)(asked.url, names)
    await stations.ready()
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        print(json.dumps(await stations.do(word)), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
