"""The load of the OCPP benchmarks: many stations in one process, on picows and uvloop, so that it is not the limit.

`python -m tests.bench.peers.load URL WHAT --version 1.6 --stations 50 --seconds 5 [--rate 200]` prints one JSON line.
WHAT is `samples` (MeterValues of nine values in a transaction, the next when the last is answered), `frames` (the same
to a server that answers all with "{}"), `facts` (StartTransaction and StopTransaction, the next when the last is
answered), `queued` (each station delivers as many messages as SECONDS says that it kept: starts, readings and stops of
charges of a hundred messages, likewise) or `paced` (starts and stops at a rate, whatever the answers do; latency counts
from the moment when the message was due).
"""

import argparse
import asyncio
import itertools
import json
import sys
import time
import uuid
from collections.abc import Callable
from functools import lru_cache

import orjson
import picows
import uvloop

from tests.bench.footprint import cpu_s

TEXT = picows.WSMsgType.TEXT
VALUES = [
    {"value": "1234567", "measurand": "Energy.Active.Import.Register", "unit": "Wh", "context": "Sample.Periodic"},
    {"value": "7040.5", "measurand": "Power.Active.Import", "unit": "W", "context": "Sample.Periodic"},
    *[
        {"value": "16.1", "measurand": "Current.Import", "unit": "A", "phase": phase, "context": "Sample.Periodic"}
        for phase in ("L1", "L2", "L3")
    ],
    *[
        {"value": "127.3", "measurand": "Voltage", "unit": "V", "phase": phase, "context": "Sample.Periodic"}
        for phase in ("L1-N", "L2-N", "L3-N")
    ],
    {"value": "31.5", "measurand": "Temperature", "unit": "Celsius", "context": "Sample.Periodic"},
]
SAMPLED = orjson.dumps(VALUES)
BEGIN = time.time() - 86_400
"""The stations' clocks run from a day ago, a tenth of a second a message, so that every reading has its own time."""


def stamp(tick: int) -> str:
    return f"{whole_second(tick // 10)}.{tick % 10}00Z"


@lru_cache(maxsize=1000)
def whole_second(since_begin: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(BEGIN + since_begin))


class Station(picows.WSListener):  # type: ignore[misc]
    """One station: `ask` for one answer, or `loop` for as many as come."""

    def __init__(self) -> None:
        self.transport: picows.WSTransport
        self.answered: asyncio.Future[list[object]] | None = None
        self.next_frame: Callable[[bytes], bytes] | None = None
        self.ids = itertools.count(1)
        self.ticks = itertools.count()
        self.messages = 0
        self.error: str | None = None
        self.ended: asyncio.Future[None] | None = None
        """Done with the first answer after which there is nothing more to say."""

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type != TEXT:
            return
        payload = frame.get_payload_as_bytes()
        if payload[1:2] == b"2":  # the server asks for something: this station has none of it
            message_id = orjson.loads(payload)[1]
            transport.send(TEXT, orjson.dumps([4, message_id, "NotSupported", "", {}]))
        elif self.answered is not None:
            self.answered.set_result(orjson.loads(payload))
            self.answered = None
        elif payload[1:2] != b"3" and payload != b"{}":
            self.error = self.error or payload[:200].decode()
        else:
            self.messages += 1
            if self.next_frame is not None:
                transport.send(TEXT, self.next_frame(payload))
            elif self.ended is not None and not self.ended.done():
                self.ended.set_result(None)

    async def ask(self, action: str, payload: object) -> dict[str, object]:
        self.answered = answered = asyncio.get_running_loop().create_future()
        self.transport.send(TEXT, orjson.dumps([2, str(next(self.ids)), action, payload]))
        answer = await asyncio.wait_for(answered, 30)
        if answer[0] != 3:
            raise RuntimeError(f"{action} was answered with {answer}")
        result: dict[str, object] = answer[2]  # type: ignore[assignment]
        return result

    async def boot(self, version: str) -> None:
        if version == "1.6":
            await self.ask("BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "Load"})
            status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        else:
            station = {"vendorName": "Bench", "model": "Load"}
            await self.ask("BootNotification", {"reason": "PowerUp", "chargingStation": station})
            status = {"timestamp": stamp(0), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
        await self.ask("StatusNotification", status)

    def start(self) -> tuple[str, dict[str, object]]:
        at = stamp(next(self.ticks))
        return "StartTransaction", {"connectorId": 1, "idTag": "CARD1", "meterStart": 1000, "timestamp": at}

    def stop(self, transaction: object) -> tuple[str, dict[str, object]]:
        at = stamp(next(self.ticks))
        return "StopTransaction", {"transactionId": transaction, "meterStop": 2000, "timestamp": at, "idTag": "CARD1"}

    def event(self, stage: str, seq_no: int, transaction: str) -> tuple[str, dict[str, object]]:
        payload: dict[str, object] = {
            "eventType": stage,
            "timestamp": stamp(next(self.ticks)),
            "triggerReason": "Authorized" if stage == "Started" else "StopAuthorized",
            "seqNo": seq_no,
            "transactionInfo": {"transactionId": transaction},
            "evse": {"id": 1, "connectorId": 1},
            "idToken": {"idToken": "CARD1", "type": "ISO14443"},
        }
        return "TransactionEvent", payload


async def connect(url: str, version: str, number: int, *, boots: bool = True) -> Station:
    _, station = await picows.ws_connect(
        Station, f"{url}/CP{number:03d}", extra_headers={"Sec-WebSocket-Protocol": f"ocpp{version}"}
    )
    if boots:
        await station.boot(version)
    return station  # type: ignore[no-any-return]


async def samples(stations: list[Station], seconds: float, pid: int | None = None) -> dict[str, object]:
    for station in stations:
        action, payload = station.start()
        begin = await station.ask(action, payload)
        head = b'","MeterValues",{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"'
        head = head % int(str(begin["transactionId"]))
        tail = b'","sampledValue":' + SAMPLED + b"}]}]"

        def meter_values(_: bytes, station: Station = station, head: bytes = head, tail: bytes = tail) -> bytes:
            return b'[2,"%d%b%b%b' % (next(station.ids), head, stamp(next(station.ticks)).encode(), tail)

        station.next_frame = meter_values
    return await closed_loop(stations, seconds, pid)


async def frames(stations: list[Station], seconds: float, pid: int | None = None) -> dict[str, object]:
    """The frames of `samples` to a server that answers each with anything that begins as no answer does: "{}"."""
    for station in stations:
        head = b'","MeterValues",{"connectorId":1,"transactionId":1,"meterValue":[{"timestamp":"'
        tail = b'","sampledValue":' + SAMPLED + b"}]}]"

        def meter_values(_: bytes, station: Station = station, head: bytes = head, tail: bytes = tail) -> bytes:
            return b'[2,"%d%b%b%b' % (next(station.ids), head, stamp(next(station.ticks)).encode(), tail)

        station.next_frame = meter_values
    return await closed_loop(stations, seconds, pid)


async def facts(stations: list[Station], seconds: float, pid: int | None = None) -> dict[str, object]:
    for station in stations:

        def start_or_stop(answer: bytes, station: Station = station) -> bytes:
            transaction = orjson.loads(answer)[2].get("transactionId") if answer else None
            action, payload = station.start() if transaction is None else station.stop(transaction)
            return orjson.dumps([2, str(next(station.ids)), action, payload])

        station.next_frame = start_or_stop
    return await closed_loop(stations, seconds, pid)


CHARGE = 100
"""Messages of a charge that a station kept: a start, readings, a stop."""


async def queued(stations: list[Station], kept: int) -> dict[str, object]:
    """Every station delivers `kept` messages; the rate is theirs all, from the first to the last answer."""
    done = [asyncio.get_running_loop().create_future() for _ in stations]
    for station, end in zip(stations, done, strict=True):
        station.next_frame = _kept(station, kept, end)
    begun = time.perf_counter()
    for station in stations:
        assert station.next_frame is not None
        station.transport.send(TEXT, station.next_frame(b""))
    await asyncio.gather(*done)
    messages = kept * len(stations)
    readings = messages - 2 * (messages // CHARGE)
    return {"rate": messages / (time.perf_counter() - begun), "messages": messages, "samples": readings}


def _kept(station: Station, kept: int, end: asyncio.Future[None]) -> Callable[[bytes], bytes]:
    """What a station says after each answer, until it has said it all."""
    numbers = itertools.count()
    transaction = 0

    def following(answer: bytes) -> bytes:
        nonlocal transaction
        number = next(numbers)
        if number == kept - 1:
            station.next_frame = None
            station.ended = end
        place = number % CHARGE
        if place == 1:
            transaction = orjson.loads(answer)[2]["transactionId"]
        if 0 < place < CHARGE - 1:
            at = stamp(next(station.ticks)).encode()
            return (
                b'[2,"%d","MeterValues",{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"%b",'
                b'"sampledValue":%b}]}]' % (next(station.ids), transaction, at, SAMPLED)
            )
        action, payload = station.stop(transaction) if place else station.start()
        return orjson.dumps([2, str(next(station.ids)), action, payload])

    return following


async def closed_loop(stations: list[Station], seconds: float, pid: int | None) -> dict[str, object]:
    used_s = 0.0 if pid is None else cpu_s(pid)
    begun = time.perf_counter()
    for station in stations:
        assert station.next_frame is not None
        station.transport.send(TEXT, station.next_frame(b""))
    await asyncio.sleep(seconds)
    for station in stations:
        station.next_frame = None
    in_time = sum(station.messages for station in stations)
    taken = time.perf_counter() - begun
    await asyncio.sleep(0.5)  # the last answers
    messages = sum(station.messages for station in stations)
    cost_us = 0.0 if pid is None else (cpu_s(pid) - used_s) / messages * 1e6
    return {"rate": in_time / taken, "messages": messages, "cost_us": cost_us}


async def paced(stations: list[Station], seconds: float, rate: float, version: str) -> dict[str, object]:
    every_s = len(stations) / rate
    begun = time.perf_counter() + 0.2
    latencies: list[float] = []

    async def one(station: Station, offset_s: float) -> None:
        transaction: object = None
        for turn in range(int(seconds / every_s)):
            due = begun + offset_s + turn * every_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if version == "1.6":
                action, payload = station.start() if turn % 2 == 0 else station.stop(transaction)
            else:
                transaction = transaction if turn % 2 else str(uuid.uuid4())
                action, payload = station.event("Ended" if turn % 2 else "Started", turn % 2, str(transaction))
            answer = await station.ask(action, payload)
            if turn % 2 == 0:
                latencies.append(time.perf_counter() - due)
                transaction = answer.get("transactionId", transaction)

    await asyncio.gather(*(one(station, index / rate) for index, station in enumerate(stations)))
    latencies.sort()
    return {
        "messages": len(latencies),
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
        "max_ms": latencies[-1] * 1000,
    }


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("what", choices=["samples", "facts", "frames", "paced", "queued"])
    parser.add_argument("--version", default="1.6")
    parser.add_argument("--stations", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--pid", type=int, help="of the server, whose processor time for a message is told then")
    asked = parser.parse_args()
    boots = asked.what != "frames"
    stations = [await connect(asked.url, asked.version, number, boots=boots) for number in range(asked.stations)]
    if asked.what == "paced":
        figures = await paced(stations, asked.seconds, asked.rate, asked.version)
    elif asked.what == "queued":
        figures = await queued(stations, int(asked.seconds))
    else:
        figures = await {"samples": samples, "facts": facts, "frames": frames}[asked.what](
            stations, asked.seconds, asked.pid
        )
    errors = [station.error for station in stations if station.error]
    for station in stations:
        station.transport.disconnect()
    print(json.dumps(figures | {"errors": errors[:3]}), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
    sys.exit(0)
