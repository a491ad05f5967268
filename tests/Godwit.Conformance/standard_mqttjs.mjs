// MQTT.js against --mqtt-profile standard: QoS 2 both ways, subscription identifiers, topic aliases, a session that is resumed, at MQTT 3.1.1 and 5.
import { once } from 'node:events';
import mqtt from 'mqtt';
import { check, mark, within } from './_checks.mjs';

const port = Number(process.env.GODWIT_STANDARD_PORT);

async function connect(name, protocolVersion, options = {}) {
  const client = mqtt.connect({
    host: '127.0.0.1', port, protocolVersion, clientId: `${mark}-${name}`, clean: true, reconnectPeriod: 0, ...options,
  });
  const inbox = [];
  const waiting = [];
  client.on('message', (topic, payload, packet) => {
    const message = { topic, text: payload.toString(), packet };
    if (waiting.length > 0) waiting.shift()(message);
    else inbox.push(message);
  });
  client.received = () => within('a message', inbox.length > 0 ? Promise.resolve(inbox.shift()) : new Promise((resolve) => waiting.push(resolve)));
  [client.connack] = await within('CONNACK', once(client, 'connect'));
  return client;
}

for (const version of [4, 5]) {
  const root = `${mark}/${version}`;
  const reader = await connect(`reader${version}`, version);
  const writer = await connect(`writer${version}`, version);
  const granted = await reader.subscribeAsync(`${root}/#`, { qos: 2, properties: version === 5 ? { subscriptionIdentifier: 42 } : undefined });
  check('granted QoS', granted[0].qos, 2);
  for (const qos of [0, 1, 2]) {
    for (let i = 0; i < 10; i++) await within(`publish at QoS ${qos}`, writer.publishAsync(`${root}/t`, `${qos}-${i}`, { qos }));
    for (let i = 0; i < 10; i++) {
      const { text, packet } = await reader.received();
      check('payload and QoS', [text, packet.qos, packet.dup], [`${qos}-${i}`, qos, false]);
      if (version === 5) check('subscription identifier', packet.properties.subscriptionIdentifier, 42);
    }
  }

  const session = { clean: false, properties: version === 5 ? { sessionExpiryInterval: 300 } : undefined };
  const away = await connect(`away${version}`, version, session);
  check('no session yet', away.connack.sessionPresent, false);
  await away.subscribeAsync(`${root}/away`, { qos: 2 });
  await away.endAsync();
  for (let i = 0; i < 5; i++) await writer.publishAsync(`${root}/away`, `${i}`, { qos: 2 });
  const back = await connect(`away${version}`, version, session);
  check('session present', back.connack.sessionPresent, true);
  for (let i = 0; i < 5; i++) check('what waited', (await back.received()).text, `${i}`);

  if (version === 5) {
    const alias = await connect('alias', 5, { autoUseTopicAlias: true, autoAssignTopicAlias: true });
    check('topic aliases of the server', alias.connack.properties.topicAliasMaximum > 8, true);
    for (let i = 0; i < 3; i++) await alias.publishAsync(`${root}/away`, `alias ${i}`, { qos: 1 });
    for (let i = 0; i < 3; i++) check('by alias', (await back.received()).text, `alias ${i}`);
    await alias.endAsync();
  }
  await Promise.all([reader.endAsync(), writer.endAsync(), back.endAsync()]);
}
process.exit(0);
