using Godwit.Core;

namespace Godwit.Server.Objects.S3;

/// <summary>What a request is about.</summary>
public enum S3Level
{
    Service,
    Bucket,
    Object,
}

/// <summary>Writes an operation's answer, or gives the refusal with nothing written.</summary>
public delegate Task<ServiceError?> S3Handler(S3Request request, S3Response response, CancellationToken ct);

/// <summary>One operation of S3 and the requests that mean it.</summary>
/// <param name="Subresource">A query parameter that must stand there, whatever its value; null where none is needed.</param>
public sealed record S3Route(string Operation, string Method, S3Level Level, string? Subresource, S3Handler Handler)
{
    /// <summary>A header that must stand there too.</summary>
    public string? Header { get; init; }

    public bool Matches(S3Request request, S3Level level) =>
        level == Level && request.Method == Method
        && (Subresource is null || request.Parameter(Subresource) is not null)
        && (Header is null || request.Header(Header) is not null);
}
