using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Objects;

namespace Godwit.Server.Objects;

/// <summary>GetObject and HeadObject — GET, HEAD /{bucket}/{key}: which version and which of its bytes; the door sends them.</summary>
public sealed class GetObject(ObjectStore objects) : IOperation<GetObject.Request, GetObject.Response>
{
    /// <param name="Range">The <c>Range</c> header as it came.</param>
    public sealed record Request(string Bucket, string Key, string? VersionId, string? Range, Preconditions Conditions)
    {
        /// <summary>One part of an object that was uploaded in parts, counted from 1; part 1 of any other is the whole.</summary>
        public int? PartNumber { get; init; }
    }

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
        if (request.PartNumber is { } number)
            return Part(version, number);
        var range = ByteRange.Resolve(request.Range, version.SizeBytes);
        return range.Verdict == RangeVerdict.Unsatisfiable
            ? S3Errors.InvalidRange(request.Range, version.SizeBytes)
            : new Response(version, range.Verdict, range.Range, NotModified: false);
    }

    private static Result<Response> Part(ObjectVersion version, int number)
    {
        var parts = version.PartList;
        if (number < 1 || number > Math.Max(1, parts.Count))
            return S3Errors.InvalidPartNumber(number, Math.Max(1, parts.Count));
        if (parts.Count == 0)
            return new Response(version, version.SizeBytes == 0 ? RangeVerdict.Whole : RangeVerdict.Part, new ByteRange(0, version.SizeBytes), NotModified: false);
        var offset = parts.Take(number - 1).Sum(part => part.SizeBytes);
        return new Response(version, RangeVerdict.Part, new ByteRange(offset, parts[number - 1].SizeBytes), NotModified: false);
    }
}
