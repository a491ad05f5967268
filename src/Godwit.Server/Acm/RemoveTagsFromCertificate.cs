using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Acm;

/// <summary>RemoveTagsFromCertificate: with a value, only where the tag has it; without, whatever it has.</summary>
public sealed class RemoveTagsFromCertificate(Database database) : IOperation<RemoveTagsFromCertificate.Request, Nothing>
{
    public sealed record Request
    {
        public required string CertificateArn { get; init; }

        public required IReadOnlyList<Tag> Tags { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session =>
        AcmStore.Find(session, caller.Account, request.CertificateArn).Map(certificate =>
        {
            var removed = request.Tags.Where(tag => session.Execute(
                $"DELETE FROM resource_tag WHERE account = @Account AND resource = @resource AND tag_key = @Key {(tag.Value is null ? "" : "AND tag_value = @Value")}",
                new { caller.Account, resource = AcmTags.Resource(certificate), tag.Key, tag.Value }) > 0).Select(tag => tag.Key).ToList();
            if (removed.Count > 0)
                session.Record(new Fact(caller.Account, caller.Arn, nameof(RemoveTagsFromCertificate), certificate.Resource, string.Join(' ', removed), null));
            return default(Nothing);
        }), ct);
}
