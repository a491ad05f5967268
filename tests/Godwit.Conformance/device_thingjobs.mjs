// AWS's first device SDK for Node.js (MQTT.js 4 inside), as many gateways still run it: its jobs class takes a job from the notification to its end, and one that waited.
import { readFileSync } from 'node:fs';
import { CreateJobCommand, DescribeJobExecutionCommand } from '@aws-sdk/client-iot';
import sdk from 'aws-iot-device-sdk';
import { check, mark, run, within } from './_checks.mjs';
import { iot, register } from './_device.mjs';

const once = (start) => new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

run(async () => {
  const { thing, thingArn, cert, key } = await register(`thingjobs-${mark}`);
  const create = (jobId, operation) => iot.send(new CreateJobCommand({ jobId, targets: [thingArn], document: JSON.stringify({ operation, version: '2.0.0' }) }));
  await create(`waited-${mark}`, 'install');

  const jobs = sdk.jobs({
    host: 'localhost', port: Number(process.env.GODWIT_MQTT_PORT), clientId: thing,
    privateKey: Buffer.from(key), clientCert: Buffer.from(cert), caCert: readFileSync(process.env.GODWIT_CA),
  });
  const failed = new Promise((_, reject) => jobs.on('error', reject));
  const wait = (what, promise) => within(what, Promise.race([promise, failed]));
  await wait('CONNECT', new Promise((resolve) => jobs.once('connect', resolve)));

  const taken = [];
  const done = { install: deferred(), other: deferred() };
  const work = (kind) => async (error, job) => {
    if (error) return done[kind].reject(error);
    taken.push([kind, job.id, job.document.version, job.status.status]);
    await once((back) => job.inProgress({ progress: '50%' }, back));
    await once((back) => job.succeeded({ progress: '100%' }, back));
    return done[kind].resolve(job.id);
  };
  // One handler for an operation by its name, one for all others.
  jobs.subscribeToJobs(thing, 'install', work('install'));
  jobs.subscribeToJobs(thing, work('other'));
  await wait('the start of notifications', once((back) => jobs.startJobNotifications(thing, back)));
  check('the job that waited', await wait('the job that waited', done.install.promise), `waited-${mark}`);
  await create(`notified-${mark}`, 'reboot');
  check('the job that was notified', await wait('the job that was notified', done.other.promise), `notified-${mark}`);
  check('what was taken', taken, [['install', `waited-${mark}`, '2.0.0', 'QUEUED'], ['other', `notified-${mark}`, '2.0.0', 'QUEUED']]);

  for (const jobId of [`waited-${mark}`, `notified-${mark}`]) {
    // The SDK reports at QoS 0: it calls back once the report is sent, which is before it is there.
    const reported = async () => {
      for (;;) {
        const { execution } = await iot.send(new DescribeJobExecutionCommand({ jobId, thingName: thing }));
        if (!['QUEUED', 'IN_PROGRESS'].includes(execution.status)) return execution;
      }
    };
    const execution = await within(`the report of ${jobId}`, reported());
    check(jobId, [execution.status, execution.statusDetails.detailsMap], ['SUCCEEDED', { progress: '100%' }]);
  }
  await once((back) => jobs.end(true, back));
});
