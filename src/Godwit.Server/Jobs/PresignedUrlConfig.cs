namespace Godwit.Server.Jobs;

/// <summary>For how long (60 to 3600 s, 3600 if unset) the URLs in a document are good, counted from each time a device is handed the document.</summary>
public sealed record PresignedUrlConfig
{
    public string? RoleArn { get; init; }

    public long? ExpiresInSec { get; init; }
}
