// A Modbus TCP server of npm's modbus-serial that holds the registers which stand in a file, as lines of
// "function address value": node modbus_serial_server.mjs FILE. It prints the port when it listens.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { ServerTCP } from "modbus-serial";

const registers = { 3: new Map(), 4: new Map() };
for (const line of readFileSync(process.argv[2], "utf8").trim().split("\n")) {
    const [kind, address, value] = line.split(" ").map(Number);
    registers[kind].set(address, value);
}
// It takes port 0 for 502, so a free one is looked for.
const probe = createServer().listen(0, "127.0.0.1");
await once(probe, "listening");
const { port } = probe.address();
probe.close();
await once(probe, "close");
const server = new ServerTCP({
    getHoldingRegister: (address) => registers[3].get(address) ?? 0,
    getInputRegister: (address) => registers[4].get(address) ?? 0,
}, { host: "127.0.0.1", port, unitID: 0 });
server.on("initialized", () => console.log(port));
