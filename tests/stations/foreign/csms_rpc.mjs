// A CSMS of `ocpp-rpc` in strict mode, which validates all that it is told and all that it says. Out, beside what
// lines.mjs has: ["listening", port]. In: [number, action, payload] is sent to the station that is here.
import { createRequire } from 'node:module';
import { RPCServer, createValidator } from 'ocpp-rpc';
import { asked, speak, tell } from './lines.mjs';

const require = createRequire(import.meta.url);

// Named otherwise than it looks for them, and without a Heartbeat.
const schemas = require('./node_modules/ocpp-rpc/lib/schemas/ocpp2_1.json').map((schema) => ({
  ...schema,
  $id: schema.$id.replace(/Request$/, '.req').replace(/Response$/, '.conf'),
}));
const server = new RPCServer({
  protocols: ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'],
  strictMode: true,
  strictModeValidators: [createValidator('ocpp2.1', schemas)],
});
let station;
let transaction = 7000;
server.on('client', (client) => {
  station = client;
  client.on('strictValidationFailure', ({ error }) => tell('wrong', String(error.message)));
  client.handle(({ method, params }) => {
    tell('heard', method, params);
    const now = new Date().toISOString();
    const is16 = client.protocol === 'ocpp1.6';
    const info = is16 ? { idTagInfo: { status: 'Accepted' } } : { idTokenInfo: { status: 'Accepted' } };
    switch (method) {
      case 'BootNotification':
        return { status: 'Accepted', currentTime: now, interval: 300 };
      case 'Heartbeat':
        return { currentTime: now };
      case 'StartTransaction':
        transaction += 1;
        return { transactionId: transaction, ...info };
      case 'Authorize':
        return info;
      case 'TransactionEvent':
        return params.idToken ? info : {};
      default:
        return {};
    }
  });
});
server.auth((accept, reject, handshake) => {
  const shown = handshake.password?.toString('utf8');
  if (asked.password !== undefined && (handshake.identity !== asked.id || shown !== asked.password)) reject(401);
  else accept();
});
const http = await server.listen(asked.port ?? 0, '127.0.0.1');
tell('listening', http.address().port);
await speak((action, payload) => station.call(action, payload), (error) => error.rpcErrorCode ?? error.message);
