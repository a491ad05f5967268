using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Tags;

/// <summary>ListTagsForResource — GET /tags. Fifty at most, so one page holds them all.</summary>
public sealed class ListTagsForResource(Database database, ResourceDirectory resources) : IOperation<ListTagsForResource.Request, ListTagsForResource.Response>
{
    public sealed record Request
    {
        public required string ResourceArn { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record Response(IReadOnlyList<Tag> Tags);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        string.IsNullOrEmpty(request.NextToken)
            ? database.Read(session => TaggedResource.Find(session, resources, caller, request.ResourceArn)
                .Map(resource => new Response(ResourceTags.Of(session, caller.Account, resource))), ct)
            : Task.FromResult<Result<Response>>(PageToken.Invalid);
}
