// `ocpp-rpc` in strict mode, which validates all that it says and all that it is told. The schemas of 2.1 that it
// brings are named otherwise than it looks for them, so they are given to it again under the names that it wants.
import { createRequire } from 'node:module';
import { RPCClient, createValidator } from 'ocpp-rpc';
import { answerTo, asked, read, speak, tell } from './lines.mjs';

const require = createRequire(import.meta.url);

const schemas = require('./node_modules/ocpp-rpc/lib/schemas/ocpp2_1.json').map((schema) => ({
  ...schema,
  $id: schema.$id.replace(/Request$/, '.req').replace(/Response$/, '.conf'),
}));
const station = new RPCClient({
  endpoint: asked.url,
  identity: asked.id,
  password: asked.password,
  protocols: [`ocpp${asked.version}`],
  strictMode: true,
  strictModeValidators: [createValidator('ocpp2.1', schemas)],
  reconnect: false,
  wsOpts: { ca: read(asked.ca), cert: read(asked.certificate), key: read(asked.key) },
});
station.on('strictValidationFailure', ({ error }) => tell('wrong', String(error.message)));
station.handle(({ method, params }) => answerTo(method, params));
try {
  await station.connect();
} catch (error) {
  tell('wrong', `not connected: ${error.code ?? error.message}`);
  process.exit(1);
}
await speak((action, payload) => station.call(action, payload), (error) => error.rpcErrorCode ?? error.message);
