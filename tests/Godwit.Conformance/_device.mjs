// A device as MQTT.js makes one: registered through the API with a key pair that the service made, connected by mutual TLS.
import { readFileSync } from 'node:fs';
import {
  AttachPolicyCommand, AttachThingPrincipalCommand, CreateKeysAndCertificateCommand, CreatePolicyCommand, CreateThingCommand, IoTClient,
} from '@aws-sdk/client-iot';
import mqtt from 'mqtt';
import { service, within } from './_checks.mjs';

export const iot = new IoTClient(service);
const thingOf = '${iot:Connection.Thing.ThingName}';

/** What AWS's guides give to devices: their own thing's jobs and streams, under their own name. */
export const policyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'iot:Connect', Resource: `arn:aws:iot:*:*:client/${thingOf}` },
    { Effect: 'Allow', Action: 'iot:Subscribe', Resource: ['jobs', 'streams'].map((area) => `arn:aws:iot:*:*:topicfilter/$aws/things/${thingOf}/${area}/*`) },
    { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: ['jobs', 'streams'].map((area) => `arn:aws:iot:*:*:topic/$aws/things/${thingOf}/${area}/*`) },
  ],
});

/** A thing with a certificate and a policy. */
export async function register(thing) {
  const { thingArn } = await iot.send(new CreateThingCommand({ thingName: thing }));
  const { certificateArn, certificateId, certificatePem, keyPair } = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
  const policy = `policy-${thing}`;
  await iot.send(new CreatePolicyCommand({ policyName: policy, policyDocument }));
  await iot.send(new AttachPolicyCommand({ policyName: policy, target: certificateArn }));
  await iot.send(new AttachThingPrincipalCommand({ thingName: thing, principal: certificateArn }));
  return { thing, thingArn, certificateArn, certificateId, policy, cert: certificatePem, key: keyPair.PrivateKey };
}

/** One connection that is not renewed by itself, with the messages that came on it. */
export class Connection {
  #client;
  #messages = [];
  #waiting = [];

  static async open(device, protocolVersion) {
    const connection = new Connection();
    connection.#client = await within(`CONNECT of ${device.thing}`, mqtt.connectAsync({
      protocol: 'mqtts', host: 'localhost', port: Number(process.env.GODWIT_MQTT_PORT), servername: 'localhost',
      ca: readFileSync(process.env.GODWIT_CA), cert: device.cert, key: device.key, rejectUnauthorized: true,
      clientId: device.thing, username: '?SDK=MqttJs&Version=5', clean: true, keepalive: 60, reconnectPeriod: 0, protocolVersion,
    }, undefined, false));
    connection.closed = new Promise((resolve) => connection.#client.once('close', resolve));
    // After a refusal the stream may end in an error of its own; what matters is that it closed.
    connection.#client.on('error', () => {});
    connection.#client.on('message', (topic, payload) => connection.#came({ topic, payload }));
    return connection;
  }

  /** The granted QoS, or the code of the refusal. */
  async subscribe(filter, qos) {
    const packet = await within(`SUBACK of ${filter}`, new Promise((resolve, reject) => {
      this.#client.subscribe(filter, { qos }, (error, _granted, suback) => (suback ? resolve(suback) : reject(error)));
    }));
    return packet.granted[0];
  }

  /** Resolves with the PUBACK (QoS 1), or rejects with MQTT.js's reason. */
  publish(topic, payload, qos = 0) {
    return this.#client.publishAsync(topic, payload, { qos });
  }

  /** The next message that came, whose topic must be this one. */
  async next(topic) {
    const message = await within(`a message on ${topic}`, this.#messages.length > 0 ? this.#messages.shift() : new Promise((resolve) => this.#waiting.push(resolve)));
    if (message.topic !== topic) throw new Error(`expected a message on ${topic}, found one on ${message.topic}: ${message.payload.subarray(0, 200)}`);
    return message.payload;
  }

  async nextJson(topic) {
    return JSON.parse(await this.next(topic));
  }

  /** How many messages came that nobody took. */
  get left() {
    return this.#messages.length;
  }

  end() {
    return this.#client.endAsync();
  }

  #came(message) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(message);
    else this.#messages.push(message);
  }
}
