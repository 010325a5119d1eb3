"""pymodbus's simulator in a process of its own, unit 1: python simulator.py tcp|udp PORT REGISTERS.json."""

import asyncio
import json
import sys
from pathlib import Path

from pymodbus.server import ModbusTcpServer, ModbusUdpServer
from pymodbus.simulator import DataType, SimData, SimDevice


async def main(kind: str, port: str, file: str) -> None:
    held = json.loads(Path(file).read_text())

    def block(function: int) -> list[SimData]:
        image = [0] * 0x10000
        for one, address, value in held:
            if one == function:
                image[address] = value
        return [SimData(0, values=image, datatype=DataType.REGISTERS)]

    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    device = SimDevice(1, simdata=(bits, bits, block(3), block(4)))
    made = ModbusTcpServer if kind == "tcp" else ModbusUdpServer
    await made(device, address=("127.0.0.1", int(port))).serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
