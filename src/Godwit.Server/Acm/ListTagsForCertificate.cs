using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Acm;

/// <summary>ListTagsForCertificate</summary>
public sealed class ListTagsForCertificate(Database database) : IOperation<ListTagsForCertificate.Request, ListTagsForCertificate.Response>
{
    public sealed record Request
    {
        public required string CertificateArn { get; init; }
    }

    public sealed record Response(IReadOnlyList<Tag> Tags);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read(session =>
        AcmStore.Find(session, caller.Account, request.CertificateArn)
            .Map(certificate => new Response(ResourceTags.Of(session, caller.Account, AcmTags.Resource(certificate)))), ct);
}
