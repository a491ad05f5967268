using System.Xml.Linq;
using Godwit.Core;

namespace Godwit.Server.Objects.S3;

/// <summary>Object operations on the wire.</summary>
public sealed class S3Objects(
    PutObject putObject, GetObject getObject, CopyObject copyObject, DeleteObject deleteObject, DeleteObjects deleteObjects, S3ObjectBody bodies)
{
    private static readonly (string Parameter, string Header)[] Overrides =
    [
        ("response-content-type", "Content-Type"), ("response-content-language", "Content-Language"), ("response-expires", "Expires"),
        ("response-cache-control", "Cache-Control"), ("response-content-disposition", "Content-Disposition"), ("response-content-encoding", "Content-Encoding"),
    ];

    public async Task<ServiceError?> PutObject(S3Request request, S3Response response, CancellationToken ct)
    {
        var declared = S3Headers.Declared(request);
        if (!declared.IsOk)
            return declared.Error;
        if (request.ContentBytes is null)
            return S3Errors.MissingContentLength;
        if (request.Header("If-None-Match") is { } none and not "*")
            return S3Errors.NotImplemented($"PutObject with If-None-Match other than * (it is {none})");
        var tags = ObjectTags.Parse(request.Header("x-amz-tagging"));
        if (!tags.IsOk)
            return tags.Error;
        var details = S3Headers.Details(request);
        var put = await putObject.Handle(request.Caller, new(request.Bucket!, request.Key, request.Body, request.ContentBytes)
        {
            Headers = details.Headers,
            Metadata = details.Metadata,
            Tags = tags.Value,
            Declared = declared.Value,
            IfMatch = S3Headers.BareETag(request.Header("If-Match")),
            IfNoneMatch = request.Header("If-None-Match"),
        }, ct);
        if (!put.IsOk)
            return put.Error;
        response.SetHeader("ETag", S3Headers.Quoted(put.Value.ETag));
        S3Headers.SetVersion(response, put.Value.VersionId);
        S3Headers.SetChecksums(response, put.Value.Version.Details.Checksums);
        response.ContentBytes = 0;
        return null;
    }

    public Task<ServiceError?> GetObject(S3Request request, S3Response response, CancellationToken ct) => Get(request, response, withBody: true, ct);

    public Task<ServiceError?> HeadObject(S3Request request, S3Response response, CancellationToken ct) => Get(request, response, withBody: false, ct);

    public async Task<ServiceError?> DeleteObject(S3Request request, S3Response response, CancellationToken ct)
    {
        var deleted = await deleteObject.Handle(request.Caller, new(request.Bucket!, request.Key, request.Parameter("versionId")), ct);
        if (!deleted.IsOk)
            return deleted.Error;
        response.Status = 204;
        S3Headers.SetVersion(response, deleted.Value.VersionId);
        if (deleted.Value.IsDeleteMarker)
            response.SetHeader("x-amz-delete-marker", "true");
        return null;
    }

    public async Task<ServiceError?> DeleteObjects(S3Request request, S3Response response, CancellationToken ct)
    {
        var body = await S3Xml.Read(request, "Delete", ct);
        if (!body.IsOk)
            return body.Error == S3Xml.NoBody ? S3Errors.MalformedXml : body.Error;
        var asked = body.Value.Children("Object").Select(o => new DeleteObject.Request(request.Bucket!, o.Text("Key") ?? "", VersionId(o))).ToList();
        if (asked.Exists(o => o.Key.Length == 0))
            return S3Errors.MalformedXml;
        var forbidden = asked.Select(o => (Asked: o, Refusal: S3Rights.RefuseDeletion(request, o))).Where(o => o.Refusal is not null)
            .Select(o => new DeleteObjects.Deletion(o.Asked, o.Refusal!)).ToList();
        var allowed = asked.Except(forbidden.Select(deletion => deletion.Asked)).ToList();
        Result<IReadOnlyList<DeleteObjects.Deletion>> deleted = new List<DeleteObjects.Deletion>();
        if (allowed.Count > 0 || asked.Count == 0)
            deleted = await deleteObjects.Handle(request.Caller, new(request.Bucket!, allowed), ct);
        if (!deleted.IsOk)
            return deleted.Error;
        var quiet = body.Value.Text("Quiet") == "true";
        await S3Xml.Write(response, S3Xml.Document("DeleteResult", xml =>
        {
            foreach (var deletion in deleted.Value.Concat(forbidden).Where(d => !quiet || !d.Answer.IsOk))
                S3Xml.WriteDeletion(xml, deletion);
        }), ct);
        return null;
    }

    public async Task<ServiceError?> CopyObject(S3Request request, S3Response response, CancellationToken ct)
    {
        var source = S3Headers.Source(request);
        if (!source.IsOk)
            return source.Error;
        var directive = request.Header("x-amz-metadata-directive") ?? "COPY";
        if (directive is not ("COPY" or "REPLACE"))
            return S3Errors.InvalidArgument("Unknown metadata directive.", "x-amz-metadata-directive", directive);
        var tagging = request.Header("x-amz-tagging-directive") ?? "COPY";
        if (tagging is not ("COPY" or "REPLACE"))
            return S3Errors.InvalidArgument("Unknown tagging directive.", "x-amz-tagging-directive", tagging);
        var tags = ObjectTags.Parse(tagging == "REPLACE" ? request.Header("x-amz-tagging") : null);
        if (!tags.IsOk)
            return tags.Error;
        var copied = await copyObject.Handle(
            request.Caller,
            new(source.Value, S3Headers.Conditions(request, "x-amz-copy-source-"), request.Bucket!, request.Key)
            {
                Replacement = directive == "REPLACE" ? S3Headers.Details(request) : null,
                Checksum = S3Headers.AskedChecksum(request),
                ReplacementTags = tagging == "REPLACE" ? tags.Value : null,
            }, ct);
        if (!copied.IsOk)
            return copied.Error;
        S3Headers.SetVersion(response, copied.Value.VersionId);
        if (copied.Value.SourceVersionId is { } sourceVersion)
            response.SetHeader("x-amz-copy-source-version-id", sourceVersion);
        await S3Xml.Write(response, S3Xml.Document("CopyObjectResult", xml =>
        {
            xml.Element("LastModified", S3Headers.XmlDate(copied.Value.Version.LastModified));
            xml.Element("ETag", S3Headers.Quoted(copied.Value.Version.ETag));
            S3Xml.WriteChecksums(xml, copied.Value.Version.Details.Checksums);
        }), ct);
        return null;
    }

    private static string? VersionId(XElement entry) => entry.Text("VersionId") is { Length: > 0 } id ? id : null;

    private async Task<ServiceError?> Get(S3Request request, S3Response response, bool withBody, CancellationToken ct)
    {
        var versionId = request.Parameter("versionId");
        if (versionId is "")
            return S3Errors.InvalidArgument("Version id cannot be the empty string", "versionId", "");
        var part = request.Parameter("partNumber") is not null;
        if (part && request.Header("Range") is not null)
            return S3Errors.InvalidRequest("Cannot specify both Range header and partNumber query parameter");
        var found = await getObject.Handle(
            request.Caller, new(request.Bucket!, request.Key, versionId, part ? null : request.Header("Range"), S3Headers.Conditions(request))
            {
                PartNumber = part ? S3Parameters.Number(request.Parameter("partNumber")) : null,
            }, ct);
        if (!found.IsOk)
            return found.Error;
        var (version, _, _, notModified) = found.Value;
        // An unversioned bucket's answers name no version.
        S3Headers.SetVersion(response, version.VersionId == ObjectVersion.NullId && versionId is null ? null : version.VersionId);
        if (version.IsDeleteMarker)
            return MarkerRefusal(request, response, version, versionId);
        response.SetHeader("Last-Modified", S3Headers.HttpDate(version.LastModified));
        response.SetHeader("ETag", S3Headers.Quoted(version.ETag));
        if (notModified)
        {
            response.Status = 304;
            return null;
        }
        SetHeaders(request, response, version);
        if (part && version.PartList.Count > 0)
            response.SetHeader("x-amz-mp-parts-count", S3Parameters.Text(version.PartList.Count));
        return await bodies.Send(request, response, found.Value, withBody, ct);
    }

    private static ServiceError MarkerRefusal(S3Request request, S3Response response, ObjectVersion marker, string? versionId)
    {
        response.SetHeader("x-amz-delete-marker", "true");
        if (versionId is null)
            return S3Errors.NoSuchKey(request.Key);
        response.SetHeader("Allow", "DELETE");
        response.SetHeader("Last-Modified", S3Headers.HttpDate(marker.LastModified));
        return S3Errors.MethodNotAllowed(request.Method, "DeleteMarker");
    }

    private static void SetHeaders(S3Request request, S3Response response, ObjectVersion version)
    {
        var details = version.Details;
        response.SetHeader("Accept-Ranges", "bytes");
        foreach (var (parameter, header) in Overrides)
        {
            var value = request.Parameter(parameter) ?? details.Headers.GetValueOrDefault(header);
            if (value is not null || header == "Content-Type")
                response.SetHeader(header, value ?? ObjectHeaders.DefaultContentType);
        }
        S3Headers.SetMetadata(response, details.Metadata);
        if (ObjectVersion.Parse(version.Tags) is { Count: > 0 } tags)
            response.SetHeader("x-amz-tagging-count", S3Parameters.Text(tags.Count));
        if (string.Equals(request.Header("x-amz-checksum-mode"), "ENABLED", StringComparison.OrdinalIgnoreCase) && request.Header("Range") is null && request.Parameter("partNumber") is null)
            S3Headers.SetChecksums(response, details.Checksums);
    }
}
