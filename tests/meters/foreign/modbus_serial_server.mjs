// A Modbus TCP server of npm's modbus-serial that holds the registers which stand in a file, as lines of
// "function address value": node modbus_serial_server.mjs FILE. It prints the port when it listens.
import { readFileSync } from "node:fs";
import { ServerTCP } from "modbus-serial";

const registers = { 3: new Map(), 4: new Map() };
for (const line of readFileSync(process.argv[2], "utf8").trim().split("\n")) {
    const [kind, address, value] = line.split(" ").map(Number);
    registers[kind].set(address, value);
}
const server = new ServerTCP({
    getHoldingRegister: (address) => registers[3].get(address) ?? 0,
    getInputRegister: (address) => registers[4].get(address) ?? 0,
}, { host: "127.0.0.1", port: 0, unitID: 0 });
server.on("initialized", () => console.log(server._server.address().port));
