using Godwit.Core;

namespace Godwit.Server.Objects.S3;

/// <summary>S3 behind the HTTP front door. The front door has authenticated the request; it also writes refusals, as S3's XML.</summary>
public interface IS3Door
{
    /// <summary>
    /// Answers one request. Null once <paramref name="response"/> has been written; otherwise the refusal, with nothing written yet.
    /// A body that turns out to be other than what was signed throws <see cref="S3BodyException"/> while it is read: let it pass.
    /// </summary>
    Task<ServiceError?> Handle(S3Request request, S3Response response, CancellationToken ct);
}
