using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>RevokeSigningProfile — PUT /signing-profiles/{profileName}/revoke: what it signed from a moment on counts as not signed.</summary>
public sealed class RevokeSigningProfile(Database database) : IOperation<RevokeSigningProfile.Request, Nothing>
{
    public sealed record Request
    {
        public required string ProfileName { get; init; }

        public required string ProfileVersion { get; init; }

        public required string Reason { get; init; }

        public required DateTimeOffset EffectiveTime { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (SigningProfileStore.Find(session, caller.Account, request.ProfileName) is not { } row || row.ProfileVersion != request.ProfileVersion)
            return SigningErrors.NotFound($"profile with name {request.ProfileName} and version {request.ProfileVersion} does not exist");
        if (request.EffectiveTime > session.Now)
            return SigningErrors.Validation("effectiveTime lies in the future. Revoke from now or from a moment that has passed.");
        SigningProfileStore.Update(session, caller, row, row with
        {
            Status = SigningProfileStatus.Revoked,
            RevokedAtMs = session.NowMs,
            RevokedBy = caller.Arn,
            RevocationReason = request.Reason,
            RevocationEffectiveAtMs = request.EffectiveTime.ToUnixTimeMilliseconds(),
        }, nameof(RevokeSigningProfile), request.Reason);
        return default(Nothing);
    }, ct);
}
