namespace Godwit.Server.Http;

/// <summary>How long those who speak HTTP may take, on every port of it: whoever dribbles a request or takes none of an answer is closed and holds nothing.</summary>
public sealed record HttpPatience
{
    /// <summary>From a request's first byte to the end of its headers. A device on the slowest of links needs a few seconds for the 1.5 KiB of a presigned URL.</summary>
    public TimeSpan Headers { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Without any request; longer than the minute after which load balancers and clients drop theirs.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>What a body has to come with, and an answer to be taken with, once <see cref="Grace"/> has passed: a tenth of the slowest links.</summary>
    public double BytesPerSecond { get; init; } = 240;

    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);
}
