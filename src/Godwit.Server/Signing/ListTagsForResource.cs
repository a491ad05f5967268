using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>ListTagsForResource — GET /tags/{resourceArn}</summary>
public sealed class ListTagsForResource(Database database) : IOperation<ListTagsForResource.Request, ListTagsForResource.Response>
{
    public sealed record Request
    {
        public required string ResourceArn { get; init; }
    }

    public sealed record Response(IReadOnlyDictionary<string, string> Tags);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read(session => SigningTags.Find(session, caller, request.ResourceArn).Map(row => new Response(row.ReadTags)), ct);
}
