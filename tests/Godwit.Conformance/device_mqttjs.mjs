// A device by MQTT.js over mutual TLS, at MQTT 3.1.1 and at MQTT 5: a whole update by streams in CBOR and JSON, and what a device must not do.
import { createHash, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import {
  CreateOTAUpdateCommand, DescribeJobCommand, DescribeJobExecutionCommand, GetOTAUpdateCommand, UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { decode, encode } from './_cbor.mjs';
import { check, fail, mark, run, service, until, within } from './_checks.mjs';
import { Connection, iot, register } from './_device.mjs';

const s3 = new S3Client({ ...service, forcePathStyle: true });
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const image = randomBytes(70_001);
const BLOCK = 4096;
const BLOCKS = Math.ceil(image.length / BLOCK);

async function createUpdate(otaUpdateId, thingArn) {
  const bucket = `mqttjs-${mark}-${otaUpdateId.at(-1)}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'app.bin', Body: image }));
  await iot.send(new CreateOTAUpdateCommand({
    otaUpdateId, targets: [thingArn], protocols: ['MQTT'], roleArn: 'arn:aws:iam::000000000000:role/ota',
    files: [{
      fileName: '/fw/app.bin', fileLocation: { s3Location: { bucket, key: 'app.bin' } },
      codeSigning: { customCodeSigning: {
        signature: { inlineDocument: Buffer.from(sign('sha256', image, privateKey).toString('base64')) },
        certificateChain: { certificateName: '/certs/signer.crt' }, hashAlgorithm: 'SHA256', signatureAlgorithm: 'ECDSA',
      } },
    }],
  }));
  await until('the end of the creation', async () => {
    const { otaUpdateInfo: info } = await iot.send(new GetOTAUpdateCommand({ otaUpdateId }));
    if (info.otaUpdateStatus === 'CREATE_FAILED') fail(`creation failed: ${JSON.stringify(info.errorInfo)}`);
    return info.otaUpdateStatus === 'CREATE_COMPLETE' ? true : undefined;
  });
}

/** By the bitmap of what is missing, eight blocks a request, as the classic agent asks. */
async function downloadCbor(device, stream, fileId) {
  check('SUBACK of data/cbor', await device.subscribe(`${stream}/data/cbor`, 0), 0);
  const wanted = new Set(Array.from({ length: BLOCKS }, (_, i) => i));
  const flash = Buffer.alloc(image.length);
  while (wanted.size > 0) {
    const bitmap = Buffer.alloc(Math.ceil(BLOCKS / 8));
    for (const block of wanted) bitmap[block >> 3] |= 1 << (block & 7);
    const count = Math.min(8, wanted.size);
    await device.publish(`${stream}/get/cbor`, encode({ c: 'rdy', f: fileId, l: BLOCK, o: 0, b: bitmap, n: 8 }));
    for (let i = 0; i < count; i++) {
      const block = decode(await device.next(`${stream}/data/cbor`));
      check('members of a CBOR block', Object.keys(block), ['c', 'f', 'i', 'l', 'p']);
      check('token, file and length of a block', [block.c, block.f, block.l], ['rdy', fileId, block.p.length]);
      if (!wanted.delete(block.i)) fail(`block ${block.i} came although nobody asked`);
      block.p.copy(flash, block.i * BLOCK);
    }
  }
  return flash;
}

/** One block a request, as the modular agent asks; it subscribes to nothing. */
async function downloadJson(device, stream, fileId) {
  const parts = [];
  for (let o = 0; o < BLOCKS; o++) {
    await device.publish(`${stream}/get/json`, JSON.stringify({ s: 1, f: fileId, l: BLOCK, o, n: 1 }));
    const block = await device.nextJson(`${stream}/data/json`);
    check('members of a JSON block', Object.keys(block).sort(), ['f', 'i', 'l', 'p']);
    check('file and index of a block', [block.f, block.i], [fileId, o]);
    const bytes = Buffer.from(block.p, 'base64');
    check('length of a block', block.l, bytes.length);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

async function wholeUpdate(protocolVersion) {
  const otaUpdateId = `mqttjs-${mark}-v${protocolVersion}`;
  const jobId = `AFR_OTA-${otaUpdateId}`;
  const identity = await register(`mqttjs-${mark}-${protocolVersion}`);
  const device = await Connection.open(identity, protocolVersion);
  const T = `$aws/things/${identity.thing}/jobs`;
  check('SUBACK of notify-next', await device.subscribe(`${T}/notify-next`, 1), 1);

  await device.publish(`${T}/$next/get`, JSON.stringify({ clientToken: `0:${identity.thing}` }), 1);
  const nothing = await device.nextJson(`${T}/$next/get/accepted`);
  check('an empty queue', [Object.keys(nothing).sort(), nothing.clientToken], [['clientToken', 'timestamp'], `0:${identity.thing}`]);

  await createUpdate(otaUpdateId, identity.thingArn);
  const { execution, timestamp } = await device.nextJson(`${T}/notify-next`);
  check('the push', [execution.jobId, execution.status, execution.versionNumber, execution.executionNumber], [jobId, 'QUEUED', 1, 1]);
  if (![timestamp, execution.queuedAt, execution.lastUpdatedAt].every((time) => /^\d{10}$/.test(time))) fail(`times are not 10 digits: ${JSON.stringify(execution)}`);
  const { streamname, files: [file] } = execution.jobDocument.afr_ota;
  const stream = `$aws/things/${identity.thing}/streams/${streamname}`;

  await device.publish(`${T}/${jobId}/update`, JSON.stringify({ status: 'IN_PROGRESS', statusDetails: { receive: `0/${BLOCKS}` }, expectedVersion: '1', clientToken: 'a' }), 1);
  check('accepted', (await device.nextJson(`${T}/${jobId}/update/accepted`)).clientToken, 'a');

  await device.publish(`${stream}/describe/json`, JSON.stringify({ c: 'd' }));
  const description = await device.nextJson(`${stream}/description/json`);
  check('description', [description.c, description.s, description.r], ['d', 1, [{ f: 0, z: image.length }]]);

  const byCbor = await downloadCbor(device, stream, file.fileid);
  const byJson = await downloadJson(device, stream, file.fileid);
  const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
  check('hash of the image by CBOR', hash(byCbor), hash(image));
  check('hash of the image by JSON', hash(byJson), hash(image));
  check('the signature of what was received', verify('sha256', byCbor, publicKey, Buffer.from(file['sig-sha256-ecdsa'], 'base64')), true);

  await device.publish(`${stream}/get/json`, JSON.stringify({ c: 'bad', s: 2, f: 0, l: BLOCK, o: 0, n: 1 }));
  const rejected = await device.nextJson(`${stream}/rejected/json`);
  check('a version that is not there', [rejected.code, rejected.o, rejected.c], ['VersionMismatch', 'VersionMismatch', 'bad']);

  await device.publish(`${T}/${jobId}/update`, JSON.stringify({ status: 'IN_PROGRESS', statusDetails: { self_test: 'ready', updatedBy: '0x00090002' }, expectedVersion: 2 }), 1);
  check('members of accepted', Object.keys(await device.nextJson(`${T}/${jobId}/update/accepted`)), ['timestamp']);
  const shown = await iot.send(new DescribeJobExecutionCommand({ jobId, thingName: identity.thing }));
  check('statusDetails', shown.execution.statusDetails.detailsMap, { self_test: 'ready', updatedBy: '0x00090002' });

  // The reboot: a new connection learns from the service where it was.
  await device.end();
  const rebooted = await Connection.open(identity, protocolVersion);
  await rebooted.subscribe(`${T}/notify-next`, 1);
  await rebooted.publish(`${T}/$next/get`, '{}', 1);
  const { execution: resumed } = await rebooted.nextJson(`${T}/$next/get/accepted`);
  check('after the reboot', [resumed.jobId, resumed.status, resumed.versionNumber, resumed.statusDetails], [jobId, 'IN_PROGRESS', 3, { self_test: 'ready', updatedBy: '0x00090002' }]);
  await rebooted.publish(`${T}/${jobId}/update`, JSON.stringify({ status: 'SUCCEEDED', statusDetails: { reason: 'accepted  v0.9.3' } }), 1);
  await rebooted.nextJson(`${T}/${jobId}/update/accepted`);
  check('the queue is empty again', Object.keys(await rebooted.nextJson(`${T}/notify-next`)), ['timestamp']);
  check('the job', await until('the end of the job', async () => {
    const { job } = await iot.send(new DescribeJobCommand({ jobId }));
    return job.status === 'COMPLETED' ? job.jobProcessDetails.numberOfSucceededThings : undefined;
  }), 1);
  check('messages that nobody expected', rebooted.left + device.left, 0);
  await rebooted.end();
  return identity;
}

/** Another thing's topics: no message comes, no subscription is granted, publishing is refused as each level has it. */
async function foreignTopics(identity, neighbour, protocolVersion) {
  const device = await Connection.open(identity, protocolVersion);
  for (const filter of [`$aws/things/${neighbour}/jobs/notify-next`, `$aws/things/${neighbour}/streams/#`, '$aws/things/+/jobs/#', '#']) {
    check(`SUBACK of ${filter}`, await device.subscribe(filter, 1), protocolVersion === 5 ? 0x87 : 0x80);
  }
  const topic = `$aws/things/${neighbour}/jobs/$next/get`;
  if (protocolVersion === 5) {
    const reason = await within('PUBACK of a denied publish', device.publish(topic, '{}', 1).then(() => 0, (error) => error.code));
    check('reason of a denied publish', reason, 0x87);
    await device.publish(`$aws/things/${identity.thing}/jobs/$next/get`, '{}', 1);
    await device.next(`$aws/things/${identity.thing}/jobs/$next/get/accepted`);
    // At QoS 0 there is no PUBACK to say it with.
    device.publish('somewhere/else', 'x', 0).catch(() => {});
  } else {
    device.publish(topic, '{}', 1).catch(() => {});
  }
  await within('the end after a denied publish', device.closed);
  check('messages that nobody expected', device.left, 0);
}

async function deactivated(identity, protocolVersion) {
  const device = await Connection.open(identity, protocolVersion);
  await iot.send(new UpdateCertificateCommand({ certificateId: identity.certificateId, newStatus: 'INACTIVE' }));
  await within('the end after deactivation', device.closed, 5);
  const again = await Connection.open(identity, protocolVersion).then(() => 'connected', () => 'refused');
  check('an inactive certificate', again, 'refused');
  await iot.send(new UpdateCertificateCommand({ certificateId: identity.certificateId, newStatus: 'ACTIVE' }));
  await (await Connection.open(identity, protocolVersion)).end();
}

run(async () => {
  const neighbour = `mqttjs-${mark}-neighbour`;
  await register(neighbour);
  for (const protocolVersion of [4, 5]) {
    const identity = await wholeUpdate(protocolVersion);
    await foreignTopics(identity, neighbour, protocolVersion);
    await deactivated(identity, protocolVersion);
  }
});
