using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>DescribeSigningJob — GET /signing-jobs/{jobId}</summary>
public sealed class DescribeSigningJob(Database database, SigningCatalog catalog) : IOperation<DescribeSigningJob.Request, DescribeSigningJob.Response>
{
    public sealed record Request
    {
        public required string JobId { get; init; }
    }

    public sealed record Response
    {
        public required string JobId { get; init; }

        public Source? Source { get; init; }

        public required SigningMaterial SigningMaterial { get; init; }

        public required string PlatformId { get; init; }

        public required string PlatformDisplayName { get; init; }

        public required string ProfileName { get; init; }

        public required string ProfileVersion { get; init; }

        public SigningPlatformOverrides? Overrides { get; init; }

        public IReadOnlyDictionary<string, string>? SigningParameters { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset? CompletedAt { get; init; }

        public DateTimeOffset? SignatureExpiresAt { get; init; }

        public required string RequestedBy { get; init; }

        public required string Status { get; init; }

        public string? StatusReason { get; init; }

        public Revocation? RevocationRecord { get; init; }

        public SignedObject? SignedObject { get; init; }

        public required string JobOwner { get; init; }

        public required string JobInvoker { get; init; }
    }

    public sealed record Revocation(string Reason, DateTimeOffset RevokedAt, string RevokedBy);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => SigningJobStore.Find(session, caller.Account, request.JobId), ct);
        return row is null ? SigningErrors.NotFound($"Signing job {request.JobId} does not exist. ListSigningJobs shows those that do.") : Describe(row);
    }

    private Response Describe(SigningJobRow row) => new()
    {
        JobId = row.JobId,
        Source = row.Source,
        SigningMaterial = new SigningMaterial { CertificateArn = row.CertificateArn },
        PlatformId = row.PlatformId,
        PlatformDisplayName = catalog.DisplayName(row.PlatformId),
        ProfileName = row.ProfileName,
        ProfileVersion = row.ProfileVersion,
        Overrides = SigningJson.Read<SigningPlatformOverrides>(row.Overrides),
        SigningParameters = row.ReadParameters,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
        CompletedAt = Time(row.CompletedAtMs),
        SignatureExpiresAt = Time(row.SignatureExpiresAtMs),
        RequestedBy = row.CallerArn,
        Status = row.Status,
        StatusReason = row.StatusReason,
        RevocationRecord = row.RevokedAtMs is { } at ? new Revocation(row.RevocationReason!, DateTimeOffset.FromUnixTimeMilliseconds(at), row.RevokedBy!) : null,
        SignedObject = row.SignedObject,
        JobOwner = row.Account,
        JobInvoker = row.Invoker,
    };

    internal static DateTimeOffset? Time(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
}
