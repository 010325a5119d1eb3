// `@voltbras/ts-ocpp`, OCPP 1.6: it can show no password and no certificate of its own making.
import tsOcpp from '@voltbras/ts-ocpp';
import { answerTo, asked, speak } from './lines.mjs';

const station = new tsOcpp.ChargePoint(
  asked.id,
  ({ action, ocppVersion, ...payload }) => ({ action, ocppVersion, ...answerTo(action, payload) }),
  asked.url,
);
await station.connect();
const call = async (action, payload) =>
  (await station.sendRequest({ action, ocppVersion: 'v1.6-json', payload })).unsafeCoerce();
await speak(call, (error) => error.errorCode ?? error.message);
