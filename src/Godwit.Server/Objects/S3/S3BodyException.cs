using Godwit.Core;

namespace Godwit.Server.Objects.S3;

/// <summary>The body is not what its signature says, or its framing is broken; found while reading it, so only an exception can say so.</summary>
public sealed class S3BodyException(ServiceError error) : IOException(error.Message)
{
    public ServiceError Error { get; } = error;
}
