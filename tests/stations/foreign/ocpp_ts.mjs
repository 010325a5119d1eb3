// `ocpp-ts`, OCPP 1.6: puts the identity straight behind the URL, and knows an answer to each action that it has.
import ocppTs from 'ocpp-ts';
import { answerTo, asked, speak, tell } from './lines.mjs';

const station = new ocppTs.OcppClient(asked.id);
station.on('error', (error) => tell('wrong', error.message));
for (const action of asked.actions) station.on(action, (payload, answer) => answer(answerTo(action, payload)));
const headers = asked.password
  ? { Authorization: `Basic ${Buffer.from(`${asked.id}:${asked.password}`).toString('base64')}` }
  : {};
station.on('connect', () => speak((action, payload) => station.callRequest(action, payload), (error) => error.code ?? error.message));
station.connect(`${asked.url}/`, headers);
