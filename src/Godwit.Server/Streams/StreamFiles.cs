using Godwit.Core;
using Godwit.Core.Streams;
using Godwit.Server.Iam;
using Godwit.Server.Objects;
using Godwit.Server.Objects.Bytes;

namespace Godwit.Server.Streams;

/// <summary>Looks up the objects of a stream's files, so that size, ETag and bytes are those of the moment. AWS: MQTT-based file delivery > CreateStream.</summary>
public sealed class StreamFiles(ObjectReader objects, IObjectBytes bytes, RoleRights rights)
{
    internal async Task<Result<PinnedFiles>> Pin(string account, string? roleArn, IReadOnlyList<StreamFileLocation> files, CancellationToken ct)
    {
        if (CheckMembers(files) is { } incomplete)
            return incomplete;
        var (pinned, stored) = (new List<StreamFile>(files.Count), new List<StoredBytes>(files.Count));
        foreach (var file in files)
        {
            var (bucket, key, version) = (file.S3Location!.Bucket!, file.S3Location.Key!, file.S3Location.Version);
            if (roleArn is not null && rights.WhyNotRead(account, roleArn, bucket, key, version) is { } forbidden)
                return StreamErrors.NotReadable(bucket, key, version, forbidden);
            var found = await objects.Find(account, bucket, key, version, ct);
            if (!found.IsOk)
                return StreamErrors.NotAccessible(bucket, key, version, found.Error);
            // Devices are served from the image as one piece of memory.
            if (found.Value.SizeBytes > bytes.MapBytesMax)
                return StreamErrors.TooLarge(bucket, key, found.Value.SizeBytes, bytes.MapBytesMax);
            pinned.Add(new StreamFile(file.FileId!.Value, bucket, key, version, found.Value.SizeBytes, found.Value.ETag));
            stored.Add(new StoredBytes(found.Value.VersionId, found.Value.BytesId.Value));
        }
        return new PinnedFiles(pinned, stored);
    }

    /// <summary>Null if the service may act by the role.</summary>
    internal ServiceError? RefuseRole(string account, string roleArn) =>
        Arn.ParseRole(roleArn) is null ? StreamErrors.BadRole(roleArn)
        : rights.WhyNotAssumed(account, roleArn, RoleRights.Iot) is { } why ? Errors.InvalidRequest($"Given role {roleArn} is invalid. {why}")
        : null;

    private static ServiceError? CheckMembers(IReadOnlyList<StreamFileLocation> files)
    {
        for (var i = 0; i < files.Count; i++)
        {
            var missing = files[i] switch
            {
                { FileId: null } => "fileId",
                { S3Location: null } => "s3Location",
                { S3Location.Bucket: null } => "s3Location.bucket",
                { S3Location.Key: null } => "s3Location.key",
                _ => null,
            };
            if (missing is not null)
                return StreamErrors.Incomplete(i, missing);
        }
        return StreamInfo.CheckFileIds(files.Select(file => file.FileId!.Value));
    }
}

/// <summary>Files and, in the same order, the bytes behind them.</summary>
internal sealed record PinnedFiles(IReadOnlyList<StreamFile> Files, IReadOnlyList<StoredBytes> Bytes);
