using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Acm;

/// <summary>DeleteCertificate: certificate and key, unless a signing profile still signs with it.</summary>
public sealed class DeleteCertificate(Database database, IEnumerable<AcmUsage> usages) : IOperation<DeleteCertificate.Request, Nothing>
{
    public sealed record Request
    {
        public required string CertificateArn { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
        AcmStore.Find(session, caller.Account, request.CertificateArn).Then<Nothing>(certificate =>
        {
            var users = usages.SelectMany(usage => usage.UsersOf(session, caller.Account, certificate.Arn)).ToList();
            if (users.Count > 0)
                return AcmErrors.InUse(certificate.Arn, users);
            AcmStore.Delete(session, caller, certificate);
            ResourceTags.Clear(session, caller.Account, AcmTags.Resource(certificate));
            return default(Nothing);
        }), ct);
}
