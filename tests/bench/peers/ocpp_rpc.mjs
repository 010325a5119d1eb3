// The ocpp-rpc server in strict mode, which validates both ways and stores nothing.
import { RPCServer } from 'ocpp-rpc';

const server = new RPCServer({ protocols: ['ocpp1.6'], strictMode: true, pingIntervalMs: 0 });
server.auth((accept) => accept({}));
server.on('client', (client) => {
  client.handle('BootNotification', () => ({
    status: 'Accepted', interval: 300, currentTime: new Date().toISOString(),
  }));
  client.handle('StatusNotification', () => ({}));
  client.handle('MeterValues', () => ({}));
  client.handle('StartTransaction', () => ({ transactionId: 1, idTagInfo: { status: 'Accepted' } }));
  client.handle('StopTransaction', () => ({}));
});
const http = await server.listen(0, '127.0.0.1');
console.log('ready', http.address().port);
process.stdin.on('end', () => process.exit(0)).resume();
