using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>ListSigningJobs — GET /signing-jobs: newest first, filtered as asked.</summary>
public sealed class ListSigningJobs(Database database, SigningCatalog catalog) : IOperation<ListSigningJobs.Request, ListSigningJobs.Response>
{
    /// <summary>AWS: maxResults is 25 at most.</summary>
    private const int DefaultSize = 25;

    public sealed record Request
    {
        public string? Status { get; init; }

        public string? PlatformId { get; init; }

        public string? RequestedBy { get; init; }

        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }

        public bool? IsRevoked { get; init; }

        public DateTimeOffset? SignatureExpiresBefore { get; init; }

        public DateTimeOffset? SignatureExpiresAfter { get; init; }

        public string? JobInvoker { get; init; }
    }

    public sealed record Response(IReadOnlyList<Summary> Jobs, string? NextToken);

    public sealed record Summary(
        string JobId, Source? Source, SignedObject? SignedObject, SigningMaterial SigningMaterial, DateTimeOffset CreatedAt, string Status, bool IsRevoked, string ProfileName,
        string ProfileVersion, string PlatformId, string PlatformDisplayName, DateTimeOffset? SignatureExpiresAt, string JobOwner, string JobInvoker);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead("signingJobs", request.NextToken, 2, out var last))
            return SigningErrors.NextTokenInvalid;
        var size = request.MaxResults ?? DefaultSize;
        var rows = await database.Read(session => session.Query<SigningJobRow>(Sql(request, last[0].Length > 0), new
        {
            caller.Account, request.Status, request.PlatformId, request.RequestedBy, request.JobInvoker, before = request.SignatureExpiresBefore?.ToUnixTimeMilliseconds(),
            after = request.SignatureExpiresAfter?.ToUnixTimeMilliseconds(), lastAt = last[0].Length > 0 ? long.Parse(last[0], CultureInfo.InvariantCulture) : 0, lastId = last[1], max = size + 1,
        }), ct);
        var page = PageToken.Page("signingJobs", rows, size, Summarize, row => [row.CreatedAtMs.ToString(CultureInfo.InvariantCulture), row.JobId]);
        return new Response(page.Items, page.NextToken);
    }

    private static string Sql(Request request, bool goesOn) =>
        $"""
        SELECT * FROM signing_job WHERE account = @Account
        {(request.Status is null ? "" : "AND status = @Status")} {(request.PlatformId is null ? "" : "AND platform_id = @PlatformId")}
        {(request.RequestedBy is null ? "" : "AND caller_arn = @RequestedBy")} {(request.JobInvoker is null ? "" : "AND invoker = @JobInvoker")}
        {(request.IsRevoked is null ? "" : request.IsRevoked.Value ? "AND revoked_at_ms IS NOT NULL" : "AND revoked_at_ms IS NULL")}
        {(request.SignatureExpiresBefore is null ? "" : "AND signature_expires_at_ms < @before")} {(request.SignatureExpiresAfter is null ? "" : "AND signature_expires_at_ms > @after")}
        {(goesOn ? "AND (created_at_ms, job_id) < (@lastAt, @lastId)" : "")}
        ORDER BY created_at_ms DESC, job_id DESC LIMIT @max
        """;

    private Summary Summarize(SigningJobRow row) => new(
        row.JobId, row.Source, row.SignedObject, new SigningMaterial { CertificateArn = row.CertificateArn }, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), row.Status,
        row.RevokedAtMs is not null, row.ProfileName, row.ProfileVersion, row.PlatformId, catalog.DisplayName(row.PlatformId), DescribeSigningJob.Time(row.SignatureExpiresAtMs),
        row.Account, row.Invoker);
}
