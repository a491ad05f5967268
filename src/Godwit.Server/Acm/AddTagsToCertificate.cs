using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Acm;

/// <summary>AddTagsToCertificate: a key that is there already gets the new value.</summary>
public sealed class AddTagsToCertificate(Database database) : IOperation<AddTagsToCertificate.Request, Nothing>
{
    public sealed record Request
    {
        public required string CertificateArn { get; init; }

        public required IReadOnlyList<Tag> Tags { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session =>
        AcmStore.Find(session, caller.Account, request.CertificateArn).Then(certificate => AcmTags.Put(session, certificate, request.Tags).Map(done =>
        {
            session.Record(new Fact(
                caller.Account, caller.Arn, nameof(AddTagsToCertificate), certificate.Resource, null, string.Join(' ', request.Tags.Select(tag => $"{tag.Key}={tag.Value}"))));
            return done;
        })), ct);
}
