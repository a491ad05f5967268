using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Certificates;

/// <summary>AttachThingPrincipal — PUT /things/{thingName}/principals. Attaching again is no error; an exclusive certificate stands for one thing only.</summary>
public sealed class AttachThingPrincipal(Database database, DeviceRegistry devices) : IOperation<AttachThingPrincipal.Request, Nothing>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public required string Principal { get; init; }

        public string? ThingPrincipalType { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var certificateId = PrincipalStore.Read(caller, request.Principal);
        if (!certificateId.IsOk)
            return Task.FromResult<Result<Nothing>>(certificateId.Error);
        var row = new PrincipalRow
        {
            ThingName = request.ThingName,
            CertificateId = certificateId.Value,
            PrincipalType = request.ThingPrincipalType ?? PrincipalStore.NonExclusive,
        };
        return database.Change(session => Attach(session, caller, row), ct);
    }

    private Result<Nothing> Attach(WriteSession session, Caller caller, PrincipalRow row)
    {
        if (!Membership.ThingExists(session, caller.Account, row.ThingName))
            return CertificateErrors.NoThing(row.ThingName);
        if (!CertificateStore.Exists(session, caller.Account, row.CertificateId))
            return CertificateErrors.NoCertificate(row.CertificateId);
        var attachments = PrincipalStore.AttachmentsOf(session, caller.Account, row.CertificateId);
        if (attachments.Contains(row))
            return default(Nothing);
        var others = attachments.FindAll(other => other.ThingName != row.ThingName);
        if (others.Count > 0 && (row.PrincipalType == PrincipalStore.Exclusive || others[0].PrincipalType == PrincipalStore.Exclusive))
            return Errors.InvalidRequest(
                $"Principal {caller.IotArn("cert/" + row.CertificateId)} is attached to thing {others[0].ThingName} and cannot be exclusive. Detach it there first.");
        PrincipalStore.Attach(session, caller.Account, row);
        devices.Touch(session, caller.Account, row.CertificateId);
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(AttachThingPrincipal), "thing/" + row.ThingName, null, "cert/" + row.CertificateId, row.PrincipalType, row.ThingName));
        return default(Nothing);
    }
}
