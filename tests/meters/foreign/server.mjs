// modbus-serial's server on a loopback port: node server.mjs PORT REGISTERS.json, a list of [function, address, value].
import { readFileSync } from "node:fs";
import ModbusRTU from "modbus-serial";

const [port, file] = process.argv.slice(2);
const held = new Map(JSON.parse(readFileSync(file, "utf8")).map(([kind, at, value]) => [`${kind}/${at}`, value]));
const vector = {
  getInputRegister: (at) => held.get(`4/${at}`) ?? 0,
  getHoldingRegister: (at) => held.get(`3/${at}`) ?? 0,
};
const server = new ModbusRTU.ServerTCP(vector, { host: "127.0.0.1", port: Number(port), unitID: 1 });
server.on("initialized", () => console.log("ready"));
server.on("socketError", () => {});
