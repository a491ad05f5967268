using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>GetSigningProfile — GET /signing-profiles/{profileName}</summary>
public sealed class GetSigningProfile(Database database, SigningCatalog catalog) : IOperation<GetSigningProfile.Request, GetSigningProfile.Response>
{
    public sealed record Request
    {
        public required string ProfileName { get; init; }

        public string? ProfileOwner { get; init; }
    }

    public sealed record Response
    {
        public required string ProfileName { get; init; }

        public required string ProfileVersion { get; init; }

        public required string ProfileVersionArn { get; init; }

        public Revocation? RevocationRecord { get; init; }

        public required SigningMaterial SigningMaterial { get; init; }

        public required string PlatformId { get; init; }

        public required string PlatformDisplayName { get; init; }

        public required SignatureValidityPeriod SignatureValidityPeriod { get; init; }

        public SigningPlatformOverrides? Overrides { get; init; }

        public IReadOnlyDictionary<string, string>? SigningParameters { get; init; }

        public required string Status { get; init; }

        public string? StatusReason { get; init; }

        public required string Arn { get; init; }

        public required IReadOnlyDictionary<string, string> Tags { get; init; }
    }

    public sealed record Revocation(DateTimeOffset RevocationEffectiveFrom, DateTimeOffset RevokedAt, string RevokedBy);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var found = await database.Read(session => SigningProfileStore.FindFor(session, caller, request.ProfileName, request.ProfileOwner, "signer:GetSigningProfile"), ct);
        return found.Map(Describe);
    }

    private Response Describe(SigningProfileRow row) => new()
    {
        ProfileName = row.ProfileName,
        ProfileVersion = row.ProfileVersion,
        ProfileVersionArn = row.VersionArn,
        RevocationRecord = row.RevokedAtMs is { } at
            ? new Revocation(DateTimeOffset.FromUnixTimeMilliseconds(row.RevocationEffectiveAtMs!.Value), DateTimeOffset.FromUnixTimeMilliseconds(at), row.RevokedBy!)
            : null,
        SigningMaterial = new SigningMaterial { CertificateArn = row.CertificateArn },
        PlatformId = row.PlatformId,
        PlatformDisplayName = catalog.DisplayName(row.PlatformId),
        SignatureValidityPeriod = new SignatureValidityPeriod { Value = row.ReadValidity.Value, Type = row.ReadValidity.Type },
        Overrides = row.ReadOverrides,
        SigningParameters = row.ReadParameters,
        Status = row.Status,
        StatusReason = row.RevocationReason,
        Arn = row.Arn,
        Tags = row.ReadTags,
    };
}
