// S3 as the AWS SDK for JavaScript v3 uses it over plain HTTP: default checksums, a stream in chunks, conditions, listings, parts.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CopyObjectCommand, CreateBucketCommand, CreateMultipartUploadCommand, DeleteBucketCommand,
  DeleteObjectsCommand, GetBucketLocationCommand, GetBucketAnalyticsConfigurationCommand, GetObjectCommand, HeadObjectCommand, ListObjectVersionsCommand, ListObjectsV2Command,
  PutBucketVersioningCommand, PutObjectCommand, S3Client, UploadPartCommand,
} from "@aws-sdk/client-s3";

const s3 = new S3Client({ endpoint: process.env.AWS_ENDPOINT_URL, forcePathStyle: true, region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "us-east-1" });
const Bucket = `sdk-${randomUUID().slice(0, 12)}`;
const send = (Command, input = {}) => s3.send(new Command({ Bucket, ...input }));
const refused = async (name, promise) => {
  const error = await promise.then(() => assert.fail(`not refused with ${name}`), (e) => e);
  assert.equal(error.name, name, error.message);
  return error;
};

await send(CreateBucketCommand);
await send(GetBucketLocationCommand);
await send(PutBucketVersioningCommand, { VersioningConfiguration: { Status: "Enabled" } });

const put = await send(PutObjectCommand, { Key: "fw/1.bin", Body: "hello", ContentType: "application/octet-stream", Metadata: { a: "b" } });
assert.equal(put.ETag, '"5d41402abc4b2a76b9719d911017c592"');
assert.ok(put.VersionId && put.ChecksumCRC32, "the default checksum is given back");
for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
  try {
    const summed = await send(PutObjectCommand, { Key: "sum", Body: "123456789", ChecksumAlgorithm });
    assert.ok(summed[`Checksum${ChecksumAlgorithm}`], ChecksumAlgorithm);
  } catch (error) {
    // The SDK brings CRC64NVME only with an optional package.
    if (ChecksumAlgorithm !== "CRC64NVME" || error.$metadata?.httpStatusCode) throw error;
  }
}
const chunks = Array.from({ length: 40 }, (_, i) => Buffer.alloc(8192, i));
await send(PutObjectCommand, { Key: "stream", Body: Readable.from(chunks), ContentLength: 40 * 8192 });
const streamed = await send(GetObjectCommand, { Key: "stream" });
assert.deepEqual(Buffer.from(await streamed.Body.transformToByteArray()), Buffer.concat(chunks));
assert.equal(streamed.ContentEncoding, undefined, "aws-chunked is not remembered");

const got = await send(GetObjectCommand, { Key: "fw/1.bin", VersionId: put.VersionId });
assert.equal(await got.Body.transformToString(), "hello");
assert.deepEqual(got.Metadata, { a: "b" });
const range = await send(GetObjectCommand, { Key: "fw/1.bin", Range: "bytes=0-0" });
assert.equal(range.ContentRange, "bytes 0-0/5");
assert.equal(await range.Body.transformToString(), "h");
await refused("NoSuchKey", send(GetObjectCommand, { Key: "none" }));
await refused("NotFound", send(HeadObjectCommand, { Key: "none" }));
await refused("PreconditionFailed", send(PutObjectCommand, { Key: "fw/1.bin", Body: "x", IfNoneMatch: "*" }));
const notServed = await refused("NotImplemented", send(GetBucketAnalyticsConfigurationCommand, { Id: "a" }));
assert.equal(notServed.$metadata.httpStatusCode, 501);

await send(CopyObjectCommand, { Key: "copied", CopySource: `${Bucket}/fw/1.bin` });
const { UploadId } = await send(CreateMultipartUploadCommand, { Key: "parts", ChecksumAlgorithm: "CRC32" });
const Parts = [];
for (const [n, Body] of [Buffer.alloc(5 << 20, 1), Buffer.from("end")].entries()) {
  const part = await send(UploadPartCommand, { Key: "parts", UploadId, PartNumber: n + 1, Body, ChecksumAlgorithm: "CRC32" });
  Parts.push({ PartNumber: n + 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
}
const done = await send(CompleteMultipartUploadCommand, { Key: "parts", UploadId, MultipartUpload: { Parts } });
assert.match(done.ETag, /-2"$/);
assert.match(done.ChecksumCRC32, /-2$/);
assert.equal((await send(HeadObjectCommand, { Key: "parts" })).ContentLength, (5 << 20) + 3);
const second = await send(CreateMultipartUploadCommand, { Key: "parts" });
await send(AbortMultipartUploadCommand, { Key: "parts", UploadId: second.UploadId });

const listed = await send(ListObjectsV2Command, { Delimiter: "/" });
assert.deepEqual(listed.CommonPrefixes.map((p) => p.Prefix), ["fw/"]);
assert.deepEqual(listed.Contents.map((o) => o.Key).filter((k) => k !== "sum"), ["copied", "parts", "stream"]);
const versions = await send(ListObjectVersionsCommand);
await send(DeleteObjectsCommand, { Delete: { Objects: versions.Versions.map(({ Key, VersionId }) => ({ Key, VersionId })) } });
await send(DeleteBucketCommand);
// Kept connections would hold the process until the server closes them.
s3.destroy();
console.log("ok");
