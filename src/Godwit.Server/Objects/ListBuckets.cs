using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Objects;

/// <summary>ListBuckets — GET /: the caller's own, by name.</summary>
public sealed class ListBuckets(ObjectStore objects) : IOperation<ListBuckets.Request, IReadOnlyList<Bucket>>
{
    public sealed record Request(string? Prefix);

    public async Task<Result<IReadOnlyList<Bucket>>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var buckets = await objects.ListBuckets(caller.Account, ct);
        return buckets.Where(b => request.Prefix is null || b.Name.StartsWith(request.Prefix, StringComparison.Ordinal)).ToList();
    }
}
