using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>RevokeSignature — PUT /signing-jobs/{jobId}/revoke: the job's signature counts as none; no new OTA update takes it.</summary>
public sealed class RevokeSignature(Database database) : IOperation<RevokeSignature.Request, Nothing>
{
    public sealed record Request
    {
        public required string JobId { get; init; }

        public string? JobOwner { get; init; }

        public required string Reason { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        var owner = request.JobOwner ?? caller.Account;
        var row = SigningJobStore.Find(session, owner, request.JobId);
        if (owner != caller.Account)
        {
            var profile = row is null ? null : SigningProfileStore.Find(session, owner, row.ProfileName);
            if (profile is null || !ProfilePermission.Allows(profile.ReadPermissions, "signer:RevokeSignature", caller.Account, caller.Arn, profile.ProfileVersion))
                return SigningErrors.AccessDenied($"User: {caller.Arn} is not authorized to perform: signer:RevokeSignature on jobs of account {owner}. Its owner allows it by AddProfilePermission.");
        }
        if (row is null || row.Account != owner)
            return SigningErrors.NotFound($"Signing job {request.JobId} does not exist.");
        if (row.Status != SigningJobStatus.Succeeded)
            return SigningErrors.Validation($"Signing job {request.JobId} is {row.Status}; only the signature of a job that succeeded can be revoked.");
        if (row.RevokedAtMs is null)
            SigningJobStore.Revoke(session, row, caller.Arn, request.Reason);
        return default(Nothing);
    }, ct);
}
