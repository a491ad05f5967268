// MQTT.js over WebSocket by a signed URL, as browsers connect, on both ports; and by ALPN on the HTTPS port with a certificate, as firewalled devices do.
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';
import { check, mark, region, run, service, within } from './_checks.mjs';
import { register } from './_device.mjs';

const ca = readFileSync(process.env.GODWIT_CA);
const httpsPort = Number(process.env.GODWIT_HTTPS_PORT);

/** By hand, as the SDK for browsers signs it: path /mqtt, the Host header only, no body. */
function signedUrl(base, secret = service.credentials.secretAccessKey) {
  const { host } = new URL(base);
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${region}/iotdevicegateway/aws4_request`;
  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(`${service.credentials.accessKeyId}/${scope}`)}`
    + `&X-Amz-Date=${time}&X-Amz-SignedHeaders=host`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash(`GET\n/mqtt\n${query}\nhost:${host}\n\nhost\n${hash('')}`)}`;
  const key = scope.split('/').reduce(hmac, `AWS4${secret}`);
  return `${base}?${query}&X-Amz-Signature=${hmac(key, text).toString('hex')}`;
}

const open = (url, options) => mqtt.connectAsync(url, { reconnectPeriod: 0, ca, ...options }, false);

run(async () => {
  const api = `ws://${new URL(service.endpoint).host}/mqtt`;
  const https = `wss://localhost:${httpsPort}/mqtt`;
  const { thing, cert, key } = await register(`websocket-${mark}`);
  for (const protocolVersion of [4, 5]) {
    const device = await within('CONNECT by ALPN', open(`mqtts://localhost:${httpsPort}`, {
      servername: 'localhost', ALPNProtocols: ['x-amzn-mqtt-ca'], cert, key, clientId: thing, protocolVersion,
    }));
    for (const base of [api, https]) {
      const browser = await within(`CONNECT at ${base}`, open(signedUrl(base), { clientId: `browser-${mark}`, protocolVersion }));
      const topic = `$aws/things/${thing}/jobs/get`;
      await browser.subscribeAsync(`${topic}/accepted`, { qos: 1 });
      const answer = new Promise((resolve) => browser.once('message', (on, payload) => resolve([on, payload])));
      await browser.publishAsync(topic, JSON.stringify({ clientToken: 'x' }), { qos: 1 });
      const [on, payload] = await within('the answer', answer);
      check('the answer', [on, JSON.parse(payload).clientToken], [`${topic}/accepted`, 'x']);
      await browser.endAsync();

      const refusal = await within('a wrong signature', open(signedUrl(base, 'another'), { protocolVersion }).then(() => 'connected', () => 'refused'));
      check('a wrong signature', refusal, 'refused');
    }
    await device.endAsync();
  }
});
