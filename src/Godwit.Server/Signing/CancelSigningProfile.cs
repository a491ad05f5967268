using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>CancelSigningProfile — DELETE /signing-profiles/{profileName}: nothing is signed with it any more; what was signed stays.</summary>
public sealed class CancelSigningProfile(Database database) : IOperation<CancelSigningProfile.Request, Nothing>
{
    public sealed record Request
    {
        public required string ProfileName { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (SigningProfileStore.Find(session, caller.Account, request.ProfileName) is not { } row)
            return SigningErrors.NotFound($"profile with name {request.ProfileName} does not exist");
        if (row.Status == SigningProfileStatus.Active)
            SigningProfileStore.Update(session, caller, row, row with { Status = SigningProfileStatus.Canceled }, nameof(CancelSigningProfile));
        return default(Nothing);
    }, ct);
}
