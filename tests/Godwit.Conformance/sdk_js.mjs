// AWS SDK for JavaScript v3: objects, an OTA update, its job, the jobs data plane over HTTP, errors by class, paginators.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import {
  AddThingToThingGroupCommand, CreateOTAUpdateCommand, CreateThingCommand, CreateThingGroupCommand, DeleteOTAUpdateCommand,
  DescribeEndpointCommand, DescribeJobCommand, DescribeThingCommand, GetJobDocumentCommand, GetOTAUpdateCommand, InvalidRequestException,
  IoTClient, paginateListJobExecutionsForJob, paginateListOTAUpdates, paginateListThings, paginateListThingsInThingGroup,
  ResourceAlreadyExistsException, ResourceNotFoundException,
} from '@aws-sdk/client-iot';
import {
  DescribeJobExecutionCommand, GetPendingJobExecutionsCommand, InvalidStateTransitionException, IoTJobsDataPlaneClient,
  ResourceNotFoundException as ExecutionNotFound, StartNextPendingJobExecutionCommand, TerminalStateException, UpdateJobExecutionCommand,
} from '@aws-sdk/client-iot-jobs-data-plane';
import {
  CreateBucketCommand, GetBucketVersioningCommand, GetObjectCommand, HeadObjectCommand, NoSuchBucket, NoSuchKey,
  paginateListObjectsV2, PutBucketVersioningCommand, PutObjectCommand, S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { check, fail, mark, refused, run, service, until } from './_checks.mjs';

const iot = new IoTClient(service);
const s3 = new S3Client({ ...service, forcePathStyle: true });
const jobs = new IoTJobsDataPlaneClient(service);
const [bucket, key, thing, group, update] = [`js-${mark}`, 'v42/app image+ä.bin', `js-${mark}`, `js-group-${mark}`, `js-${mark}`];
const image = randomBytes(100_000);

async function objects() {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  check('versioning', (await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status, 'Enabled');

  // Over plain HTTP the SDK sends a signed x-amz-checksum-crc32 by itself.
  const put = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: image, ContentType: 'application/octet-stream', Metadata: { build: '42' } }));
  check('ETag', put.ETag, `"${createHash('md5').update(image).digest('hex')}"`);
  if (!put.VersionId || !put.ChecksumCRC32) fail(`PutObject tells no version or CRC32: ${JSON.stringify(put)}`);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'a newer version' }));

  const part = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: put.VersionId, Range: 'bytes=4096-8191' }));
  check('status of a range', part.$metadata.httpStatusCode, 206);
  check('Content-Range', part.ContentRange, `bytes 4096-8191/${image.length}`);
  check('bytes of a range', Buffer.from(await part.Body.transformToByteArray()), image.subarray(4096, 8192));
  const whole = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: put.VersionId, ChecksumMode: 'ENABLED' }));
  check('bytes of the version', Buffer.from(await whole.Body.transformToByteArray()), image);
  check('newest', await (await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body.transformToString(), 'a newer version');
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: put.VersionId }));
  check('head', [head.ContentLength, head.ContentType, head.Metadata], [image.length, 'application/octet-stream', { build: '42' }]);

  for (let i = 0; i < 5; i++) await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `small/${i}`, Body: String(i) }));
  const keys = [];
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket: bucket, Prefix: 'small/' })) keys.push(...page.Contents.map((found) => found.Key));
  check('listed keys', keys, [0, 1, 2, 3, 4].map((i) => `small/${i}`));

  const missing = await refused('an unknown key', 'NoSuchKey', () => s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'nothing' })));
  const nowhere = await refused('an unknown bucket', 'NoSuchBucket', () => s3.send(new GetObjectCommand({ Bucket: `${bucket}-none`, Key: 'a' })));
  check('classes of S3 errors', [missing instanceof NoSuchKey, nowhere instanceof NoSuchBucket], [true, true]);
  return put.VersionId;
}

async function presigned(version) {
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version }), { expiresIn: 300 });
  const answer = await fetch(url, { headers: { range: 'bytes=0-99' } });
  check('status of a presigned GET', answer.status, 206);
  check('bytes of a presigned GET', Buffer.from(await answer.arrayBuffer()), image.subarray(0, 100));
  check('status of a forged GET', (await fetch(url.replace(/Signature=.{4}/, 'Signature=0000'))).status, 403);
  const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket: bucket, Key: 'by-url.bin' }), { expiresIn: 300 });
  check('status of a presigned PUT', (await fetch(put, { method: 'PUT', body: image.subarray(0, 5000) })).status, 200);
  const came = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'by-url.bin' }));
  check('bytes put by URL', Buffer.from(await came.Body.transformToByteArray()), image.subarray(0, 5000));
}

async function registry() {
  const made = await iot.send(new CreateThingCommand({ thingName: thing, attributePayload: { attributes: { site: mark } } }));
  for (let i = 0; i < 4; i++) await iot.send(new CreateThingCommand({ thingName: `${thing}-${i}`, attributePayload: { attributes: { site: mark } } }));
  await iot.send(new CreateThingGroupCommand({ thingGroupName: group }));
  for (let i = 0; i < 4; i++) await iot.send(new AddThingToThingGroupCommand({ thingGroupName: group, thingName: `${thing}-${i}` }));

  const listed = [];
  for await (const page of paginateListThings({ client: iot, pageSize: 2 }, { attributeName: 'site', attributeValue: mark })) listed.push(...page.things.map((found) => found.thingName));
  check('things by pages of two', listed.sort(), [thing, ...[0, 1, 2, 3].map((i) => `${thing}-${i}`)]);
  const members = [];
  for await (const page of paginateListThingsInThingGroup({ client: iot, pageSize: 3 }, { thingGroupName: group })) members.push(...page.things);
  check('members by pages of three', members.length, 4);

  const unknown = await refused('an unknown thing', 'ResourceNotFoundException', () => iot.send(new DescribeThingCommand({ thingName: `${thing}-none` })));
  check('its class and status', [unknown instanceof ResourceNotFoundException, unknown.$metadata.httpStatusCode], [true, 404]);
  if (!unknown.$metadata.requestId) fail('an error without a request id');
  const taken = await refused('a thing with other attributes', 'ResourceAlreadyExistsException', () => iot.send(new CreateThingCommand({ thingName: thing })));
  check('its class', taken instanceof ResourceAlreadyExistsException, true);
  check('its resource', [taken.resourceId, taken.resourceArn], [made.thingId, made.thingArn]);
  const invalid = await refused('a name with a space', 'InvalidRequestException', () => iot.send(new CreateThingCommand({ thingName: 'a b' })));
  check('its class', invalid instanceof InvalidRequestException, true);
  const stranger = new IoTClient({ ...service, credentials: { accessKeyId: service.credentials.accessKeyId, secretAccessKey: 'wrong' } });
  const forged = await refused('a wrong secret', 'InvalidSignatureException', () => stranger.send(new DescribeThingCommand({ thingName: thing })));
  check('its status', forged.$metadata.httpStatusCode, 403);
  if (!(await iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }))).endpointAddress) fail('DescribeEndpoint names no address');
  return made.thingArn;
}

async function ordered(thingArn, version) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signature = sign('sha256', image, privateKey).toString('base64');
  const order = {
    otaUpdateId: update, targets: [thingArn], protocols: ['MQTT', 'HTTP'], roleArn: 'arn:aws:iam::000000000000:role/ota',
    awsJobPresignedUrlConfig: { expiresInSec: 300 },
    files: [{
      fileName: '/fw/app.bin', fileType: 0, fileLocation: { s3Location: { bucket, key, version } },
      codeSigning: { customCodeSigning: {
        signature: { inlineDocument: Buffer.from(signature) }, certificateChain: { certificateName: '/certs/signer.crt' },
        hashAlgorithm: 'SHA256', signatureAlgorithm: 'ECDSA',
      } },
    }],
  };
  check('status in the answer', (await iot.send(new CreateOTAUpdateCommand(order))).otaUpdateStatus, 'CREATE_PENDING');
  const info = await until('the end of the creation', async () => {
    const { otaUpdateInfo } = await iot.send(new GetOTAUpdateCommand({ otaUpdateId: update }));
    return ['CREATE_PENDING', 'CREATE_IN_PROGRESS'].includes(otaUpdateInfo.otaUpdateStatus) ? undefined : otaUpdateInfo;
  });
  check(`status (${JSON.stringify(info.errorInfo)})`, info.otaUpdateStatus, 'CREATE_COMPLETE');
  check('signature told again', Buffer.from(info.otaUpdateFiles[0].codeSigning.customCodeSigning.signature.inlineDocument).toString(), signature);
  check('dates are dates', [info.creationDate instanceof Date, Math.abs(Date.now() - info.creationDate) < 3_600_000], [true, true]);
  const again = await refused('a second update of the id', 'ResourceAlreadyExistsException', () => iot.send(new CreateOTAUpdateCommand(order)));
  check('its resourceId', again.resourceId, update);
  const updates = [];
  for await (const page of paginateListOTAUpdates({ client: iot, pageSize: 1 }, { otaUpdateStatus: 'CREATE_COMPLETE' })) updates.push(...page.otaUpdates.map((found) => found.otaUpdateId));
  check('the update is listed', updates.includes(update), true);
  return { job: info.awsIotJobId, signature };
}

async function job(jobId, signature) {
  check('job id', jobId, `AFR_OTA-${update}`);
  check('job status', (await iot.send(new DescribeJobCommand({ jobId }))).job.status, 'IN_PROGRESS');
  const [file] = JSON.parse((await iot.send(new GetJobDocumentCommand({ jobId }))).document).afr_ota.files;
  check('file of the document', [file.filepath, file.filesize, file['sig-sha256-ecdsa']], ['/fw/app.bin', image.length, signature]);

  await until('the execution', async () => ((await jobs.send(new GetPendingJobExecutionsCommand({ thingName: thing }))).queuedJobs.length === 1 ? true : undefined));
  const peek = (await jobs.send(new DescribeJobExecutionCommand({ thingName: thing, jobId: '$next', includeJobDocument: false }))).execution;
  check('$next', [peek.jobId, peek.status, Number(peek.versionNumber), peek.jobDocument], [jobId, 'QUEUED', 1, undefined]);
  const started = (await jobs.send(new StartNextPendingJobExecutionCommand({ thingName: thing, statusDetails: { receive: '0/25' } }))).execution;
  check('started', [started.jobId, started.status, Number(started.versionNumber), started.statusDetails], [jobId, 'IN_PROGRESS', 2, { receive: '0/25' }]);
  check('the clock of the data plane', Math.abs(Number(started.startedAt) * 1000 - Date.now()) < 3_600_000, true);

  // A device that takes HTTP downloads by the URL in its document, which is a string on this door.
  const [sent] = JSON.parse(started.jobDocument).afr_ota.files;
  check('auth_scheme', sent.auth_scheme, 'aws.s3.presigned');
  const download = await fetch(sent.update_data_url);
  check('the download', Buffer.from(await download.arrayBuffer()), image);

  const stale = await refused('an old version', 'InvalidStateTransitionException',
    () => jobs.send(new UpdateJobExecutionCommand({ thingName: thing, jobId, status: 'IN_PROGRESS', expectedVersion: 1 })));
  check('its class', stale instanceof InvalidStateTransitionException, true);
  const progress = await jobs.send(new UpdateJobExecutionCommand({
    thingName: thing, jobId, status: 'IN_PROGRESS', statusDetails: { receive: '25/25' }, expectedVersion: 2, includeJobExecutionState: true, includeJobDocument: true,
  }));
  check('state after progress', [progress.executionState.status, Number(progress.executionState.versionNumber), progress.executionState.statusDetails], ['IN_PROGRESS', 3, { receive: '25/25' }]);
  check('document on the way', JSON.parse(progress.jobDocument).afr_ota.files[0].filesize, image.length);
  await jobs.send(new UpdateJobExecutionCommand({ thingName: thing, jobId, status: 'SUCCEEDED', statusDetails: { reason: 'accepted  v0.9.3' } }));
  const late = await refused('a finished execution', 'TerminalStateException', () => jobs.send(new DescribeJobExecutionCommand({ thingName: thing, jobId })));
  check('its class and status', [late instanceof TerminalStateException, late.$metadata.httpStatusCode], [true, 410]);
  const unknown = await refused('an unknown job', 'ResourceNotFoundException', () => jobs.send(new DescribeJobExecutionCommand({ thingName: thing, jobId: 'none' })));
  check('its class', unknown instanceof ExecutionNotFound, true);
  check('nothing is next', (await jobs.send(new StartNextPendingJobExecutionCommand({ thingName: thing }))).execution, undefined);

  const done = await until('the end of the job', async () => {
    const { job: found } = await iot.send(new DescribeJobCommand({ jobId }));
    return found.status === 'COMPLETED' ? found : undefined;
  });
  check('counts', [done.jobProcessDetails.numberOfSucceededThings, done.jobProcessDetails.numberOfQueuedThings], [1, 0]);
  for await (const page of paginateListJobExecutionsForJob({ client: iot }, { jobId })) check('executions', page.executionSummaries.map((found) => found.jobExecutionSummary.status), ['SUCCEEDED']);
}

async function deleted() {
  await iot.send(new DeleteOTAUpdateCommand({ otaUpdateId: update, deleteStream: true, forceDeleteAWSJob: true }));
  await until('the deletion', async () => {
    try {
      const { otaUpdateInfo } = await iot.send(new GetOTAUpdateCommand({ otaUpdateId: update }));
      return otaUpdateInfo.otaUpdateStatus === 'DELETE_FAILED' ? fail(`the deletion failed: ${JSON.stringify(otaUpdateInfo.errorInfo)}`) : undefined;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return true;
      throw error;
    }
  });
  await refused('the job after the deletion', 'ResourceNotFoundException', () => iot.send(new DescribeJobCommand({ jobId: `AFR_OTA-${update}` })));
}

run(async () => {
  const version = await objects();
  await presigned(version);
  const thingArn = await registry();
  const made = await ordered(thingArn, version);
  await job(made.job, made.signature);
  await deleted();
});
