using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Certificates;

/// <summary>DeleteCACertificate — DELETE /cacertificate/{caCertificateId}. The certificates that it signed stay registered.</summary>
public sealed class DeleteCaCertificate(Database database) : IOperation<DeleteCaCertificate.Request, Nothing>
{
    public sealed record Request
    {
        public required string CertificateId { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (CaCertificateStore.Find(session, caller.Account, request.CertificateId) is not { } row)
            return CaCertificateErrors.NotFound(request.CertificateId);
        if (row.Status == CertificateStatus.Active)
            return CaCertificateErrors.StillActive();
        var resource = CaCertificateStore.Resource(row.CertificateId);
        session.Execute(
            "DELETE FROM ca_certificate WHERE account = @Account AND certificate_id = @CertificateId", new { caller.Account, row.CertificateId });
        ResourceTags.Clear(session, caller.Account, resource);
        session.Record(new Fact(caller.Account, caller.Arn, "DeleteCACertificate", resource, row.State, null));
        return default(Nothing);
    }, ct);
}
