using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>TagResource — POST /tags/{resourceArn}</summary>
public sealed class TagResource(Database database) : IOperation<TagResource.Request, Nothing>
{
    public sealed record Request
    {
        public required string ResourceArn { get; init; }

        public required IReadOnlyDictionary<string, string> Tags { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
        SigningTags.Find(session, caller, request.ResourceArn).Then<Nothing>(row =>
        {
            var tags = row.ReadTags;
            foreach (var (key, value) in request.Tags)
                tags[key] = value;
            if (tags.Count > SigningTags.Max)
                return SigningErrors.BadRequest($"The profile would have {tags.Count} tags; {SigningTags.Max} are the most.");
            SigningProfileStore.Update(session, caller, row, row with { Tags = SigningJson.Write(tags)! }, nameof(TagResource), string.Join(' ', request.Tags.Select(tag => $"{tag.Key}={tag.Value}")));
            return default(Nothing);
        }), ct);
}
