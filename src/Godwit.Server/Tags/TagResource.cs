using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Tags;

/// <summary>TagResource — POST /tags. A key that is there already gets the new value.</summary>
public sealed class TagResource(Database database, ResourceDirectory resources) : IOperation<TagResource.Request, Nothing>
{
    public sealed record Request
    {
        public required string ResourceArn { get; init; }

        public required IReadOnlyList<Tag> Tags { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session =>
        TaggedResource.Find(session, resources, caller, request.ResourceArn).Then(resource =>
            ResourceTags.Put(session, caller.Account, resource, request.Tags).Map(done =>
            {
                if (request.Tags.Count > 0)
                    session.Record(new Fact(
                        caller.Account, caller.Arn, nameof(TagResource), resource, null, string.Join(' ', request.Tags.Select(tag => $"{tag.Key}={tag.Value}"))));
                return done;
            })), ct);
}
