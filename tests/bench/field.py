"""The field of a small hub, as one process beside the gateway that is measured: `python -m tests.bench.field`.

Stations that boot over OCPP 1.6 and then send what a quiet charging station sends, and Modbus TCP meters that answer
every read. It shares no code with the gateway, and prints "ready" when every station has its BootNotification accepted.
"""

import argparse
import asyncio
import itertools
import json
import struct
import sys
from datetime import UTC, datetime

from websockets.asyncio.client import connect

READINGS = {
    **dict.fromkeys((0x0000, 0x0002, 0x0004), 127.0),  # voltage to neutral, V
    **dict.fromkeys((0x0006, 0x0008, 0x000A), 20.0),  # current, A
    **dict.fromkeys((0x000C, 0x000E, 0x0010), 2540.0),  # power, W
    0x0034: 7620.0,  # total power, W
    0x0038: 7620.0,  # total apparent power, VA
    0x003E: 1.0,  # power factor
    0x0046: 60.0,  # frequency, Hz
    0x0048: 1234.5,  # import, kWh
}
"""What an Eastron SDM630 says at a steady load (SDM630 Modbus protocol v2.0, input registers); elsewhere zero."""

MEASURANDS = [
    ("Energy.Active.Import.Register", "Wh", None),
    *[
        (name, unit, phase)
        for name, unit in (("Voltage", "V"), ("Current.Import", "A"))
        for phase in ("L1", "L2", "L3")
    ],
    ("Power.Active.Import", "W", None),
    ("Temperature", "Celsius", None),
]


def meter_values(second: int) -> dict[str, object]:
    """A MeterValues payload of nine sampled values (OCPP 1.6 section 6.31)."""
    values = [
        {"value": str(1000 + second), "measurand": name, "unit": unit, **({"phase": phase} if phase else {})}
        for name, unit, phase in MEASURANDS
    ]
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": values}]}


async def station(url: str, name: str, every_s: float, booted: asyncio.Queue[str]) -> None:
    """Boots, says that it is available, then sends meter values every `every_s` seconds until cancelled."""
    numbers = itertools.count(1)
    async with connect(f"{url}/{name}", subprotocols=["ocpp1.6"], compression=None) as socket:  # type: ignore[list-item]

        async def call(action: str, payload: dict[str, object]) -> dict[str, object]:
            number = str(next(numbers))
            await socket.send(json.dumps([2, number, action, payload]))
            while True:
                frame = json.loads(await socket.recv())
                if frame[0] == 2:  # the gateway asks for something: this station has none of it
                    await socket.send(json.dumps([4, frame[1], "NotImplemented", "", {}]))
                elif frame[1] == number:
                    if frame[0] != 3:
                        raise RuntimeError(f"{name}: {action} was answered with {frame}")
                    answer: dict[str, object] = frame[2]
                    return answer

        while True:
            boot = await call("BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "Quiet"})
            if boot["status"] == "Accepted":
                break
            await asyncio.sleep(1)
        await call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})
        await booted.put(name)
        # Spread over the period, as stations that were switched on one after another are.
        await asyncio.sleep(every_s * (int(name[2:]) % 20) / 20)
        for second in itertools.count(0, int(every_s)):
            await call("MeterValues", meter_values(second))
            await asyncio.sleep(every_s)


def registers(address: int, count: int) -> bytes:
    """`count` registers from an even `address`: each pair one big-endian IEEE 754 float."""
    image = b"".join(struct.pack(">f", READINGS.get(pair, 0.0)) for pair in range(address, address + count, 2))
    return image[: count * 2]


async def meter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers Modbus TCP reads of holding and input registers (functions 3 and 4) from the same image."""
    try:
        while True:
            transaction, protocol, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
            request = await reader.readexactly(length - 1)
            function = request[0]
            if function in (3, 4):
                address, count = struct.unpack(">HH", request[1:5])
                body = bytes([function, count * 2]) + registers(address, count)
            else:
                body = bytes([function | 0x80, 1])
            writer.write(struct.pack(">HHHB", transaction, protocol, len(body) + 1, unit) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def serve(url: str, stations: int, every_s: float, modbus_ports: list[int]) -> None:
    """Is the field until stdin ends, so that it never outlives the benchmark that started it."""
    for port in modbus_ports:
        await asyncio.start_server(meter, "127.0.0.1", port)
    print("listening", flush=True)
    await asyncio.to_thread(sys.stdin.readline)  # the gateway is started and listens
    booted: asyncio.Queue[str] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        for number in range(1, stations + 1):
            group.create_task(station(url, f"CP{number:02}", every_s, booted))
        for _ in range(stations):
            await booted.get()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        raise SystemExit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="of the gateway, for example ws://127.0.0.1:9000")
    parser.add_argument("--stations", type=int, default=20)
    parser.add_argument("--every", type=float, default=10.0, help="seconds between a station's meter values")
    parser.add_argument("--modbus", type=int, action="append", default=[], help="port of a meter to be")
    asked = parser.parse_args()
    asyncio.run(serve(asked.url, asked.stations, asked.every, asked.modbus))


if __name__ == "__main__":
    main()
