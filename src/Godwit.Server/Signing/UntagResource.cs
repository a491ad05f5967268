using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>UntagResource — DELETE /tags/{resourceArn}. A key that is not there is removed already.</summary>
public sealed class UntagResource(Database database) : IOperation<UntagResource.Request, Nothing>
{
    public sealed record Request
    {
        public required string ResourceArn { get; init; }

        public required IReadOnlyList<string> TagKeys { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session =>
        SigningTags.Find(session, caller, request.ResourceArn).Map(row =>
        {
            var tags = row.ReadTags;
            var removed = request.TagKeys.Where(tags.Remove).ToList();
            if (removed.Count > 0)
                SigningProfileStore.Update(session, caller, row, row with { Tags = SigningJson.Write(tags)! }, nameof(UntagResource), string.Join(' ', removed));
            return default(Nothing);
        }), ct);
}
