using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>GetRevocationStatus — GET /revocations: which of the things that vouch for a signature were revoked.</summary>
public sealed class GetRevocationStatus(Database database, SigningCatalog catalog) : IOperation<GetRevocationStatus.Request, GetRevocationStatus.Response>
{
    public sealed record Request
    {
        public required DateTimeOffset SignatureTimestamp { get; init; }

        public required string PlatformId { get; init; }

        public required string ProfileVersionArn { get; init; }

        public required string JobArn { get; init; }

        public required IReadOnlyList<string> CertificateHashes { get; init; }
    }

    public sealed record Response(IReadOnlyList<string> RevokedEntities);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(session =>
    {
        if (Parts(request.ProfileVersionArn, "signing-profiles") is not [var name, var version] || Parts(request.JobArn, "signing-jobs") is not [var jobId])
            return SigningErrors.Validation("profileVersionArn and jobArn must be ARNs such as arn:aws:signer:us-east-1:000000000000:/signing-profiles/NAME/VERSION and …:/signing-jobs/ID.");
        if (catalog.Find(request.PlatformId) is null)
            return SigningErrors.Validation($"platformId {request.PlatformId} does not exist. The platforms are {catalog.Names}.");
        var revoked = new List<string>();
        var profile = SigningProfileStore.Find(session, Arn.Parse(request.ProfileVersionArn)!.Account, name);
        if (profile is { RevocationEffectiveAtMs: { } from } && profile.ProfileVersion == version && request.SignatureTimestamp.ToUnixTimeMilliseconds() >= from)
            revoked.Add(request.ProfileVersionArn);
        if (SigningJobStore.Find(session, Arn.Parse(request.JobArn)!.Account, jobId) is { RevokedAtMs: not null })
            revoked.Add(request.JobArn);
        return new Response(revoked);
    }, ct);

    private static string[] Parts(string arn, string kind) =>
        Arn.Parse(arn) is { Service: "signer" } parsed && parsed.Resource.StartsWith($"/{kind}/", StringComparison.Ordinal) ? parsed.Resource.Split('/')[2..] : [];
}
