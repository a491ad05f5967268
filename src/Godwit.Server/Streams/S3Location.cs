namespace Godwit.Server.Streams;

/// <summary>Where a file lies: <c>bucket</c> and <c>key</c>, and the <c>version</c> if it must stay that one.</summary>
public sealed record S3Location(string? Bucket, string? Key, string? Version = null);

/// <summary>A file of a stream as it is asked for and described: AWS's <c>StreamFile</c>.</summary>
public sealed record StreamFileLocation(int? FileId, S3Location? S3Location);
