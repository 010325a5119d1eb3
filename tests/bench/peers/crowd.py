"""A thousand stations in one process: `python -m tests.bench.peers.crowd URL --stations 1000`, told by lines on stdin.

`come` has all of them connect, boot and show a card at once; `leave` has all of them vanish as in a power cut. Each
answers with one line of JSON; the last line, or the end of stdin, ends the process.

CP0000 to CP0009 are there from the start and stay: they hold a card to the reader ten times a second while the others
come, as the drivers do whose stations have not lost their power.
"""

import argparse
import asyncio
import json
import sys
import time

import orjson
import picows
import uvloop

from tests.bench.peers.load import TEXT, Station

BYSTANDERS = 10
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


class Crowd:
    def __init__(self, url: str, stations: int) -> None:
        self._url = url
        self._bystanders: list[Crowded] = []
        self._names = [f"CP{number:04d}" for number in range(stations)]
        self._there: list[Crowded] = []
        self._coming = False

    async def start(self) -> None:
        self._bystanders = [await self._connect(name) for name in self._names[:BYSTANDERS]]
        for station in self._bystanders:
            await station.boot("1.6")

    async def _connect(self, name: str) -> Crowded:
        _, station = await picows.ws_connect(
            Crowded, f"{self._url}/{name}", websocket_handshake_timeout=PATIENCE_S,
            extra_headers={"Sec-WebSocket-Protocol": "ocpp1.6"},
        )  # fmt: skip
        return station  # type: ignore[no-any-return]

    async def come(self) -> dict[str, object]:
        """All connect, boot, and show a card, each as soon as it may."""
        began = time.perf_counter()
        opened: list[float] = []
        booted: list[float] = []
        cards: list[float] = []

        async def one(name: str) -> Crowded:
            station = await self._connect(name)
            opened.append(time.perf_counter() - began)
            await station.boot("1.6")
            booted.append(time.perf_counter() - began)
            cards.append(await station.card())
            return station

        self._coming = True
        watching = asyncio.create_task(self._show_cards())
        self._there = await asyncio.gather(*(one(name) for name in self._names[BYSTANDERS:]))
        took = time.perf_counter() - began
        self._coming = False
        beside = await watching
        return {
            "stations": len(self._names), "booted_s": max(booted), "opened_s": max(opened), "took_s": took,
            "card_p50_ms": _share(cards, 0.5), "card_p99_ms": _share(cards, 0.99),
            "beside": len(beside), "beside_p50_ms": _share(beside, 0.5), "beside_p99_ms": _share(beside, 0.99),
            "beside_max_ms": max(beside) * 1000,
        }  # fmt: skip

    async def _show_cards(self) -> list[float]:
        """What the bystanders wait for their answers, while the others come."""
        took: list[float] = []

        async def one(station: Crowded, offset_s: float) -> None:
            await asyncio.sleep(offset_s)
            while self._coming:
                took.append(await station.card())
                await asyncio.sleep(CARD_EVERY_S)

        spread = (index * CARD_EVERY_S / BYSTANDERS for index in range(BYSTANDERS))
        await asyncio.gather(*(one(*each) for each in zip(self._bystanders, spread, strict=True)))
        return took

    async def leave(self) -> dict[str, object]:
        """The power goes: every socket but the bystanders' is closed without a goodbye."""
        for station in self._there:
            station.transport.disconnect()
        await asyncio.sleep(0.1)
        gone, self._there = len(self._there), []
        return {"stations": gone}


def _share(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)] * 1000


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--stations", type=int, default=1000)
    asked = parser.parse_args()
    crowd = Crowd(asked.url, asked.stations)
    await crowd.start()
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        print(json.dumps(await (crowd.come() if word == "come" else crowd.leave())), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
