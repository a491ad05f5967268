using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>ListSigningProfiles — GET /signing-profiles: by name; canceled and revoked ones only when asked for.</summary>
public sealed class ListSigningProfiles(Database database, SigningCatalog catalog) : IOperation<ListSigningProfiles.Request, ListSigningProfiles.Response>
{
    /// <summary>AWS: maxResults is 25 at most.</summary>
    private const int DefaultSize = 25;

    public sealed record Request
    {
        public bool? IncludeCanceled { get; init; }

        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }

        public string? PlatformId { get; init; }

        public IReadOnlyList<string>? Statuses { get; init; }
    }

    public sealed record Response(IReadOnlyList<Summary> Profiles, string? NextToken);

    public sealed record Summary(
        string ProfileName, string ProfileVersion, string ProfileVersionArn, SigningMaterial SigningMaterial, SignatureValidityPeriod SignatureValidityPeriod, string PlatformId,
        string PlatformDisplayName, IReadOnlyDictionary<string, string>? SigningParameters, string Status, string Arn, IReadOnlyDictionary<string, string> Tags);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead("profiles", request.NextToken, 1, out var last))
            return SigningErrors.NextTokenInvalid;
        var size = request.MaxResults ?? DefaultSize;
        var rows = await database.Read(session => SigningProfileStore.List(session, caller.Account, last[0], int.MaxValue).Where(row => Passes(request, row)).Take(size + 1).ToList(), ct);
        var page = PageToken.Page("profiles", rows, size, Summarize, row => [row.ProfileName]);
        return new Response(page.Items, page.NextToken);
    }

    private static bool Passes(Request request, SigningProfileRow row) =>
        (request.PlatformId is null || request.PlatformId == row.PlatformId)
        && (request.Statuses is { Count: > 0 } statuses ? statuses.Contains(row.Status) : row.Status == SigningProfileStatus.Active || request.IncludeCanceled is true);

    private Summary Summarize(SigningProfileRow row) => new(
        row.ProfileName, row.ProfileVersion, row.VersionArn, new SigningMaterial { CertificateArn = row.CertificateArn },
        new SignatureValidityPeriod { Value = row.ReadValidity.Value, Type = row.ReadValidity.Type }, row.PlatformId, catalog.DisplayName(row.PlatformId), row.ReadParameters, row.Status,
        row.Arn, row.ReadTags);
}
