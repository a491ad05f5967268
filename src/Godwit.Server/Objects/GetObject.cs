using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Objects;

namespace Godwit.Server.Objects;

/// <summary>GetObject and HeadObject — GET, HEAD /{bucket}/{key}: which version and which of its bytes; the door sends them.</summary>
public sealed class GetObject(ObjectStore objects) : IOperation<GetObject.Request, GetObject.Response>
{
    /// <param name="Range">The <c>Range</c> header as it came.</param>
    public sealed record Request(string Bucket, string Key, string? VersionId, string? Range, Preconditions Conditions);

    /// <summary>A delete marker comes back as a response too, because its refusal has headers.</summary>
    public sealed record Response(ObjectVersion Version, RangeVerdict Verdict, ByteRange Range, bool NotModified);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (ObjectHeaders.CheckKey(request.Key) is { } malformed)
            return malformed;
        var found = await objects.Find(caller.Account, request.Bucket, request.Key, request.VersionId, ct);
        if (!found.IsOk)
            return found.Error;
        var version = found.Value;
        if (version.IsDeleteMarker)
            return new Response(version, RangeVerdict.Whole, default, NotModified: false);
        switch (request.Conditions.Check(version.ETag, version.LastModified))
        {
            case ConditionVerdict.Failed:
                return S3Errors.PreconditionFailed(request.Conditions.IfMatch is null ? "If-Unmodified-Since" : "If-Match");
            case ConditionVerdict.NotModified:
                return new Response(version, RangeVerdict.Whole, default, NotModified: true);
        }
        var range = ByteRange.Resolve(request.Range, version.SizeBytes);
        return range.Verdict == RangeVerdict.Unsatisfiable
            ? S3Errors.InvalidRange(request.Range, version.SizeBytes)
            : new Response(version, range.Verdict, range.Range, NotModified: false);
    }
}
