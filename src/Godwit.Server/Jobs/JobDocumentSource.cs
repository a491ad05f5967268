using System.Text;
using Godwit.Core;
using Godwit.Core.Jobs;
using Godwit.Core.Objects;
using Godwit.Server.Objects;
using Godwit.Server.Objects.Bytes;

namespace Godwit.Server.Jobs;

/// <summary>Fetches a document that CreateJob names by URL, once, from this service's own buckets.</summary>
public sealed class JobDocumentSource(ObjectReader objects, IObjectBytes bytes)
{
    internal async Task<Result<string>> Read(string account, string source, CancellationToken ct)
    {
        if (S3Location.Parse(source) is not { } at)
            return JobErrors.DocumentSourceNotFound(source, "it is no URL of an object. Expected https://s3.REGION.amazonaws.com/BUCKET/KEY.");
        var found = await objects.Find(account, at.Bucket, at.Key, at.VersionId, ct);
        if (!found.IsOk)
            return JobErrors.DocumentSourceNotFound(source, found.Error.Message);
        // Four bytes a character at most: what is longer cannot be a document.
        if (found.Value.SizeBytes > JobLimits.DocumentMax * 4)
            return TooLong(source, found.Value.SizeBytes);
        await using var stream = await bytes.OpenRead(found.Value.BytesId, new ByteRange(0, found.Value.SizeBytes), ct);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(ct);
        return text.Length > JobLimits.DocumentMax ? TooLong(source, text.Length) : text;
    }

    private static ServiceError TooLong(string source, long length) =>
        JobErrors.DocumentSourceNotFound(source, $"it has {length} characters, and a document can have {JobLimits.DocumentMax}.");
}
