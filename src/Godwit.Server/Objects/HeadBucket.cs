using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Objects;

/// <summary>HeadBucket, GetBucketLocation and GetBucketVersioning — what a bucket is.</summary>
public sealed class HeadBucket(ObjectStore objects) : IOperation<HeadBucket.Request, Bucket>
{
    public sealed record Request(string Bucket);

    public Task<Result<Bucket>> Handle(Caller caller, Request request, CancellationToken ct) => objects.FindBucket(caller.Account, request.Bucket, ct);
}
