using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Certificates;

/// <summary>DetachThingPrincipal — DELETE /things/{thingName}/principals. What is not attached is detached already.</summary>
public sealed class DetachThingPrincipal(Database database, DeviceRegistry devices) : IOperation<DetachThingPrincipal.Request, Nothing>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public required string Principal { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var certificateId = PrincipalStore.Read(caller, request.Principal);
        if (!certificateId.IsOk)
            return Task.FromResult<Result<Nothing>>(certificateId.Error);
        return database.Change(session => Detach(session, caller, request.ThingName, certificateId.Value), ct);
    }

    private Result<Nothing> Detach(WriteSession session, Caller caller, string thing, string certificateId)
    {
        if (!Membership.ThingExists(session, caller.Account, thing))
            return CertificateErrors.NoThing(thing);
        if (!PrincipalStore.Detach(session, caller.Account, thing, certificateId))
            return default(Nothing);
        devices.Touch(session, caller.Account, certificateId);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DetachThingPrincipal), "thing/" + thing, "cert/" + certificateId, null, Thing: thing));
        return default(Nothing);
    }
}
