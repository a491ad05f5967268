// AWS's own device SDK (C runtime), over MQTT 3.1.1 and 5: fleet provisioning by claim with its identity client, then jobs with its jobs client.
import { readFileSync } from 'node:fs';
import { AttachPolicyCommand, CreateJobCommand, CreateKeysAndCertificateCommand, CreatePolicyCommand, CreateProvisioningTemplateCommand, DescribeJobExecutionCommand } from '@aws-sdk/client-iot';
import { iot as crtIot, io, iotidentity, iotjobs, mqtt, mqtt5 } from 'aws-iot-device-sdk-v2';
import { check, fail, mark, within } from './_checks.mjs';
import { iot, policyDocument } from './_device.mjs';

const port = Number(process.env.GODWIT_MQTT_PORT);
const ca = readFileSync(process.env.GODWIT_CA, 'utf8');
io.enable_logging(io.LogLevel.ERROR);
const options = { maxRequestResponseSubscriptions: 4, maxStreamingSubscriptions: 2, operationTimeoutInSeconds: 10 };

/** The two generations of its client, connected. */
const open = {
  async mqtt311(id, cert, key) {
    const config = crtIot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(cert, key)
      .with_certificate_authority(ca).with_clean_session(true).with_client_id(id).with_endpoint('localhost').with_port(port).build();
    const connection = new mqtt.MqttClient().new_connection(config);
    await within('CONNACK', connection.connect());
    return { connection, of: (Client) => Client.newFromMqtt311(connection, options), end: () => connection.disconnect() };
  },
  async mqtt5(id, cert, key) {
    const config = crtIot.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromMemory('localhost', cert, key)
      .withCertificateAuthority(ca).withPort(port).withConnectProperties({ clientId: id, keepAliveIntervalSeconds: 1200 }).build();
    const client = new mqtt5.Mqtt5Client(config);
    const connected = new Promise((resolve, reject) => {
      client.once('connectionSuccess', resolve);
      client.once('connectionFailure', ({ error }) => reject(error));
    });
    client.start();
    await within('CONNACK', connected);
    return {
      of: (Client) => Client.newFromMqtt5(client, options),
      end: async () => {
        const stopped = new Promise((resolve) => client.once('stopped', resolve));
        client.stop();
        await within('the end of the client', stopped);
        client.close();
      },
    };
  },
};

const claims = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
await iot.send(new CreatePolicyCommand({
  policyName: `claim-${mark}`,
  policyDocument: JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' },
      { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: ['certificates', 'provisioning-templates'].map((area) => `arn:aws:iot:*:*:topic/$aws/${area}/*`) },
      { Effect: 'Allow', Action: 'iot:Subscribe', Resource: ['certificates', 'provisioning-templates'].map((area) => `arn:aws:iot:*:*:topicfilter/$aws/${area}/*`) },
    ],
  }),
}));
await iot.send(new AttachPolicyCommand({ policyName: `claim-${mark}`, target: claims.certificateArn }));
await iot.send(new CreatePolicyCommand({ policyName: `device-${mark}`, policyDocument }));
await iot.send(new CreateProvisioningTemplateCommand({
  templateName: `fleet-${mark}`, enabled: true, provisioningRoleArn: 'arn:aws:iam::000000000000:role/provision',
  templateBody: JSON.stringify({
    Parameters: { Serial: { Type: 'String' }, 'AWS::IoT::Certificate::Id': { Type: 'String' } },
    Resources: {
      thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { 'Fn::Join': ['-', ['crt', { Ref: 'Serial' }]] } } },
      certificate: { Type: 'AWS::IoT::Certificate', Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'ACTIVE' } },
      policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyName: `device-${mark}` } },
    },
    DeviceConfiguration: { welcome: { Ref: 'Serial' } },
  }),
}));

for (const generation of ['mqtt311', 'mqtt5']) {
  const serial = `${mark}-${generation}`;
  const thing = `crt-${serial}`;
  const claim = await open[generation](`claim-${serial}`, claims.certificatePem, claims.keyPair.PrivateKey);
  const identity = claim.of(iotidentity.IotIdentityClientv2);
  const made = await identity.createKeysAndCertificate({});
  const registered = await identity.registerThing({
    templateName: `fleet-${mark}`, certificateOwnershipToken: made.certificateOwnershipToken, parameters: { Serial: serial },
  });
  check('the provisioned device', registered, { thingName: thing, deviceConfiguration: { welcome: serial } });
  const refused = await identity.registerThing({ templateName: `fleet-${mark}`, certificateOwnershipToken: 'no token', parameters: {} }).then(() => undefined, (error) => error);
  check('the error of a bad token', refused?.modeledError?.errorCode ?? fail('a bad token was taken'), 'InvalidCertificateOwnershipToken');
  identity.close();
  await claim.end();

  const device = await open[generation](thing, made.certificatePem, made.privateKey);
  const jobs = device.of(iotjobs.IotJobsClientv2);
  const changes = [];
  const stream = jobs.createNextJobExecutionChangedStream({ thingName: thing });
  const subscribed = new Promise((resolve) => stream.on('subscriptionStatus', ({ type }) => resolve(type)));
  let told;
  const first = new Promise((resolve) => { told = resolve; });
  stream.on('incomingPublish', ({ message }) => { changes.push(message); told(message); });
  stream.open();
  await within('the subscription to notify-next', subscribed);
  check('nothing pending', (await jobs.getPendingJobExecutions({ thingName: thing })).queuedJobs, []);

  const jobId = `crt-${serial}`;
  await iot.send(new CreateJobCommand({ jobId, targets: [`arn:aws:iot:us-east-1:000000000000:thing/${thing}`], document: JSON.stringify({ do: 'it' }) }));
  const next = await within('notify-next', first);
  check('the job that was told of', [next.execution.jobId, next.execution.jobDocument], [jobId, { do: 'it' }]);
  const started = await jobs.startNextPendingJobExecution({ thingName: thing });
  check('the started job', [started.execution.jobId, started.execution.status, started.execution.versionNumber], [jobId, 'IN_PROGRESS', 2]);
  const described = await jobs.describeJobExecution({ thingName: thing, jobId: '$next' });
  check('the described job', described.execution.jobId, jobId);
  const stale = await jobs.updateJobExecution({ thingName: thing, jobId, status: 'SUCCEEDED', expectedVersion: 9 }).then(() => undefined, (error) => error);
  check('the error of a stale version', stale?.modeledError?.code ?? fail('a stale version was taken'), 'VersionMismatch');
  await jobs.updateJobExecution({ thingName: thing, jobId, status: 'SUCCEEDED', expectedVersion: 2, statusDetails: { by: generation } });
  const { execution } = await iot.send(new DescribeJobExecutionCommand({ jobId, thingName: thing }));
  check('the end', [execution.status, execution.statusDetails.detailsMap], ['SUCCEEDED', { by: generation }]);
  stream.close();
  jobs.close();
  await device.end();
}
process.exit(0);
