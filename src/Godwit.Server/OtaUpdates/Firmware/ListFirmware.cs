using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Objects;
using Godwit.Server.Storage;

namespace Godwit.Server.OtaUpdates.Firmware;

/// <summary>ListFirmware — GET /godwit/firmware?bucket=…&amp;prefix=…: versions of a bucket's objects by key, the newest of a key first, each with its SHA-256 and the updates that take it.</summary>
public sealed class ListFirmware(Database database, ListObjectVersions versions) : IOperation<ListFirmware.Request, ListFirmware.Response>
{
    private const int PageMax = 100;

    public sealed record Request(string? Bucket, string? Prefix, string? NextToken);

    public sealed record Response(string Bucket, IReadOnlyList<Image> Images, string? NextToken);

    /// <param name="Sha256">Of the bytes, in hexadecimal digits; a manifest or a device can be compared with it.</param>
    /// <param name="OtaUpdates">Of the newest five hundred updates, those that take it.</param>
    public sealed record Image(
        string Key, string VersionId, bool IsLatest, long SizeBytes, string Sha256, string ETag, DateTimeOffset LastModified, IReadOnlyList<string> OtaUpdates);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Bucket))
            return Errors.InvalidRequest("bucket is missing. Name the bucket whose objects are asked for.");
        if (!PageToken.TryRead(nameof(ListFirmware), request.NextToken, 2, out var after))
            return PageToken.Invalid;
        var listed = await versions.Handle(
            caller, new(request.Bucket, request.Prefix ?? "", null, after[0], after[1].Length == 0 ? null : after[1], PageMax), ct);
        if (!listed.IsOk)
            return listed.Error;
        var uses = await database.Read(session => FirmwareUses.Newest(session, caller.Account), ct);
        return new Response(
            request.Bucket,
            [.. listed.Value.Versions.Where(version => !version.IsDeleteMarker).Select(version => Of(version, uses))],
            listed.Value is { IsTruncated: true, LastVersion: { } last } ? PageToken.Of(nameof(ListFirmware), last.ObjectKey, ListObjectVersions.Marker(last)) : null);
    }

    private static Image Of(ObjectVersion version, List<FirmwareUse> uses)
    {
        var facts = version.Facts;
        return new Image(
            facts.Key, facts.VersionId, version.IsLatest, facts.SizeBytes, facts.BytesId.ToString(), facts.ETag, facts.LastModified,
            [.. uses.Where(use => use.Takes(facts.Bucket, facts.Key, facts.VersionId, version.IsLatest)).Select(use => use.Update.OtaUpdateId).Distinct()]);
    }
}
