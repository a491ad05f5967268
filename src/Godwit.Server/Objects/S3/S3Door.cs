using Godwit.Core;

namespace Godwit.Server.Objects.S3;

/// <inheritdoc/>
public sealed class S3Door : IS3Door
{
    public Task<ServiceError?> Handle(S3Request request, S3Response response, CancellationToken ct) =>
        Task.FromResult<ServiceError?>(S3Errors.NotImplemented(request.Method));
}
