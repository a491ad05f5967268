using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Tags;

/// <summary>UntagResource — POST /untag. A key that is not there is removed already.</summary>
public sealed class UntagResource(Database database, ResourceDirectory resources) : IOperation<UntagResource.Request, Nothing>
{
    public sealed record Request
    {
        public required string ResourceArn { get; init; }

        public required IReadOnlyList<string> TagKeys { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session =>
        TaggedResource.Find(session, resources, caller, request.ResourceArn).Map(resource =>
        {
            var removed = request.TagKeys.Distinct().Where(key => session.Execute(
                "DELETE FROM resource_tag WHERE account = @Account AND resource = @resource AND tag_key = @key", new { caller.Account, resource, key }) > 0).ToList();
            if (removed.Count > 0)
                session.Record(new Fact(caller.Account, caller.Arn, nameof(UntagResource), resource, string.Join(' ', removed), null));
            return default(Nothing);
        }), ct);
}
