using Godwit.Server.Jobs;

namespace Godwit.Server.OtaUpdates;

/// <summary>How long presigned URLs are good: 60 to 3600 s, 1800 if unset.</summary>
public sealed record AwsJobPresignedUrlConfig
{
    public long? ExpiresInSec { get; init; }
}

/// <summary>The abort criteria of the job; the list has another name here than at CreateJob.</summary>
public sealed record AwsJobAbortConfig
{
    public IReadOnlyList<AbortCriteria>? AbortCriteriaList { get; init; }
}
