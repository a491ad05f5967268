using System.Globalization;
using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Objects.Checksums;
using Godwit.Server.Objects.Multipart;

namespace Godwit.Server.Objects.S3;

/// <summary>Uploads in parts on the wire.</summary>
public sealed class S3Multipart(
    CreateMultipartUpload create, UploadPart uploadPart, CompleteMultipartUpload complete, AbortMultipartUpload abort, ListParts listParts, ListMultipartUploads list)
{
    public async Task<ServiceError?> CreateMultipartUpload(S3Request request, S3Response response, CancellationToken ct)
    {
        var tags = ObjectTags.Parse(request.Header("x-amz-tagging"));
        if (!tags.IsOk)
            return tags.Error;
        var created = await create.Handle(
            request.Caller,
            new(request.Bucket!, request.Key, S3Headers.Details(request) with { Tags = tags.Value }, S3Headers.AskedChecksum(request), request.Header("x-amz-checksum-type")), ct);
        if (!created.IsOk)
            return created.Error;
        var upload = created.Value;
        if (upload.ChecksumAlgorithm is not null)
        {
            response.SetHeader("x-amz-checksum-algorithm", upload.ChecksumAlgorithm);
            response.SetHeader("x-amz-checksum-type", upload.ChecksumType!);
        }
        await S3Xml.Write(response, S3Xml.Document("InitiateMultipartUploadResult", xml =>
        {
            xml.Element("Bucket", upload.Bucket);
            xml.Element("Key", upload.ObjectKey);
            xml.Element("UploadId", upload.UploadId);
        }), ct);
        return null;
    }

    public async Task<ServiceError?> UploadPart(S3Request request, S3Response response, CancellationToken ct)
    {
        var declared = S3Headers.Declared(request);
        if (!declared.IsOk)
            return declared.Error;
        if (request.ContentBytes is null)
            return S3Errors.MissingContentLength;
        var part = await uploadPart.Handle(
            request.Caller, new UploadPart.Request(Address(request), Number(request.Parameter("partNumber")), request.Body, request.ContentBytes, declared.Value), ct);
        if (!part.IsOk)
            return part.Error;
        response.SetHeader("ETag", S3Headers.Quoted(part.Value.ETag));
        foreach (var algorithm in ChecksumAlgorithms.All)
        {
            if (part.Value.Checksum(algorithm.Name()) is { } value)
                response.SetHeader(algorithm.Header(), value);
        }
        response.ContentBytes = 0;
        return null;
    }

    public async Task<ServiceError?> UploadPartCopy(S3Request request, S3Response response, CancellationToken ct)
    {
        var source = S3Headers.Source(request);
        if (!source.IsOk)
            return source.Error;
        var part = await uploadPart.Handle(
            request.Caller,
            new UploadPart.CopyRequest(
                Address(request), Number(request.Parameter("partNumber")), source.Value,
                S3Headers.Conditions(request, "x-amz-copy-source-"), request.Header("x-amz-copy-source-range")), ct);
        if (!part.IsOk)
            return part.Error;
        if (source.Value.VersionId is { } version)
            response.SetHeader("x-amz-copy-source-version-id", version);
        await S3Xml.Write(response, S3Xml.Document("CopyPartResult", xml =>
        {
            xml.Element("LastModified", S3Headers.XmlDate(part.Value.LastModified));
            xml.Element("ETag", S3Headers.Quoted(part.Value.ETag));
        }), ct);
        return null;
    }

    public async Task<ServiceError?> CompleteMultipartUpload(S3Request request, S3Response response, CancellationToken ct)
    {
        // The checksum header here is of the object, not of this body.
        var body = await S3Xml.Read(request, "CompleteMultipartUpload", ct, bodyChecksum: false);
        if (!body.IsOk)
            return body.Error == S3Xml.NoBody ? S3Errors.MalformedXml : body.Error;
        var declared = S3Headers.Declared(request);
        if (!declared.IsOk)
            return declared.Error;
        var parts = body.Value.Children("Part").Select(Part).ToList();
        if (parts.Exists(p => p.Number < 1 || p.ETag.Length == 0))
            return S3Errors.MalformedXml;
        var size = long.TryParse(request.Header("x-amz-mp-object-size"), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : (long?)null;
        var completed = await complete.Handle(
            request.Caller,
            new(Address(request), parts) { Declared = declared.Value with { Md5 = null }, ObjectBytes = size, IfNoneMatch = request.Header("If-None-Match") == "*" }, ct);
        if (!completed.IsOk)
            return completed.Error;
        S3Headers.SetVersion(response, completed.Value.VersionId);
        await S3Xml.Write(response, S3Xml.Document("CompleteMultipartUploadResult", xml =>
        {
            xml.Element("Location", $"/{request.Bucket}/{Core.Objects.ObjectKey.Encode(request.Key)}");
            xml.Element("Bucket", request.Bucket);
            xml.Element("Key", request.Key);
            xml.Element("ETag", S3Headers.Quoted(completed.Value.ETag));
            S3Xml.WriteChecksums(xml, completed.Value.Version.Details.Checksums);
        }), ct);
        return null;
    }

    public async Task<ServiceError?> AbortMultipartUpload(S3Request request, S3Response response, CancellationToken ct)
    {
        var aborted = await abort.Handle(request.Caller, new(Address(request)), ct);
        if (aborted.IsOk)
            response.Status = 204;
        return aborted.Error;
    }

    public async Task<ServiceError?> ListParts(S3Request request, S3Response response, CancellationToken ct)
    {
        var max = S3Parameters.Count(request, "max-parts", Multipart.ListParts.PartsMax);
        if (!max.IsOk)
            return max.Error;
        var after = Math.Max(0, Number(request.Parameter("part-number-marker")));
        var listed = await listParts.Handle(request.Caller, new(Address(request), after, max.Value), ct);
        if (!listed.IsOk)
            return listed.Error;
        var (upload, parts, truncated) = listed.Value;
        await S3Xml.Write(response, S3Xml.Document("ListPartsResult", xml =>
        {
            xml.Element("Bucket", upload.Bucket);
            xml.Element("Key", upload.ObjectKey);
            xml.Element("UploadId", upload.UploadId);
            S3Xml.WriteOwner(xml, request.Caller.Account, "Initiator");
            S3Xml.WriteOwner(xml, request.Caller.Account);
            xml.Element("StorageClass", "STANDARD");
            xml.Element("PartNumberMarker", S3Parameters.Text(after));
            xml.Element("NextPartNumberMarker", S3Parameters.Text(parts.Count > 0 ? parts[^1].PartNumber : 0));
            xml.Element("MaxParts", S3Parameters.Text(max.Value));
            xml.Element("IsTruncated", truncated ? "true" : "false");
            xml.Element("ChecksumAlgorithm", upload.ChecksumAlgorithm);
            xml.Element("ChecksumType", upload.ChecksumType);
            foreach (var part in parts)
                S3Xml.WritePart(xml, part);
        }), ct);
        return null;
    }

    public async Task<ServiceError?> ListMultipartUploads(S3Request request, S3Response response, CancellationToken ct)
    {
        var (max, encoding) = (S3Parameters.Count(request, "max-uploads", Multipart.ListMultipartUploads.UploadsMax), S3Parameters.Encoding(request));
        if ((max.Error ?? encoding.Error) is { } malformed)
            return malformed;
        if (!string.IsNullOrEmpty(request.Parameter("delimiter")))
            return S3Errors.NotImplemented("ListMultipartUploads with a delimiter");
        var (prefix, keyMarker, idMarker) = (request.Parameter("prefix") ?? "", request.Parameter("key-marker") ?? "", request.Parameter("upload-id-marker") ?? "");
        var listed = await list.Handle(request.Caller, new(request.Bucket!, prefix, keyMarker, idMarker, max.Value), ct);
        if (!listed.IsOk)
            return listed.Error;
        var (uploads, truncated) = listed.Value;
        await S3Xml.Write(response, S3Xml.Document("ListMultipartUploadsResult", xml =>
        {
            xml.Element("Bucket", request.Bucket);
            xml.Element("KeyMarker", encoding.Value(keyMarker));
            xml.Element("UploadIdMarker", idMarker);
            if (truncated && uploads.Count > 0)
            {
                xml.Element("NextKeyMarker", encoding.Value(uploads[^1].ObjectKey));
                xml.Element("NextUploadIdMarker", uploads[^1].UploadId);
            }
            xml.Element("Prefix", encoding.Value(prefix));
            xml.Element("EncodingType", request.Parameter("encoding-type"));
            xml.Element("MaxUploads", S3Parameters.Text(max.Value));
            xml.Element("IsTruncated", truncated ? "true" : "false");
            foreach (var upload in uploads)
                S3Xml.WriteUpload(xml, upload, encoding.Value, request.Caller.Account);
        }), ct);
        return null;
    }

    private static UploadAddress Address(S3Request request) => new(request.Bucket!, request.Key, request.Parameter("uploadId")!);

    private static int Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static CompleteMultipartUpload.Part Part(XElement part)
    {
        var checksums = ChecksumAlgorithms.All.Where(a => part.Text(a.Element()) is { Length: > 0 }).ToDictionary(a => a.Name(), a => part.Text(a.Element())!);
        return new(Number(part.Text("PartNumber")), S3Headers.BareETag(part.Text("ETag")?.Trim()) ?? "", checksums);
    }
}
