using System.Globalization;
using System.Text.Json.Serialization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Acm;

/// <summary>ListCertificates: newest first, filtered as asked.</summary>
public sealed class ListCertificates(Database database, IEnumerable<AcmUsage> usages, TimeProvider time) : IOperation<ListCertificates.Request, ListCertificates.Response>
{
    /// <summary>AWS: ListCertificates without MaxItems.</summary>
    private const int DefaultSize = 100;

    public sealed record Request
    {
        public IReadOnlyList<string>? CertificateStatuses { get; init; }

        public Filters? Includes { get; init; }

        public string? NextToken { get; init; }

        public int? MaxItems { get; init; }

        public string? SortBy { get; init; }

        public string? SortOrder { get; init; }
    }

    /// <summary>The only members of ACM that are written in lower case.</summary>
    public sealed record Filters
    {
        [JsonPropertyName("extendedKeyUsage")]
        public IReadOnlyList<string>? ExtendedKeyUsage { get; init; }

        [JsonPropertyName("keyUsage")]
        public IReadOnlyList<string>? KeyUsage { get; init; }

        [JsonPropertyName("keyTypes")]
        public IReadOnlyList<string>? KeyTypes { get; init; }

        [JsonPropertyName("exportOption")]
        public string? ExportOption { get; init; }

        [JsonPropertyName("managedBy")]
        public string? ManagedBy { get; init; }
    }

    public sealed record Response(IReadOnlyList<Summary> CertificateSummaryList, string? NextToken);

    public sealed record Summary
    {
        public required string CertificateArn { get; init; }

        public string? DomainName { get; init; }

        public required IReadOnlyList<string> SubjectAlternativeNameSummaries { get; init; }

        public bool HasAdditionalSubjectAlternativeNames { get; init; }

        public required string Status { get; init; }

        public required string Type { get; init; }

        public required string KeyAlgorithm { get; init; }

        public required IReadOnlyList<string> KeyUsages { get; init; }

        public required IReadOnlyList<string> ExtendedKeyUsages { get; init; }

        public bool InUse { get; init; }

        public required string RenewalEligibility { get; init; }

        public DateTimeOffset NotBefore { get; init; }

        public DateTimeOffset NotAfter { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset ImportedAt { get; init; }
    }

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request is { SortBy: null, SortOrder: not null } or { SortBy: not null, SortOrder: null })
            return AcmErrors.Validation("SortBy and SortOrder are given together or not at all.");
        var size = request.MaxItems ?? DefaultSize;
        if (!PageToken.TryRead("certificates", request.NextToken, 2, out var last))
            return AcmErrors.NextToken;
        var ascending = request.SortOrder == "ASCENDING";
        // Accounts have few certificates, and filters look into them: all are read, and a page is cut behind the filter.
        var found = await database.Read(session => AcmStore.List(session, caller.Account, ascending)
            .SkipWhile(row => last[0].Length > 0 && !IsBehind(row, last, ascending))
            .Select(row => (Row: row, Summary: Summarize(session, row)))
            .Where(pair => Passes(request, pair.Summary))
            .Take(size + 1).ToList(), ct);
        var page = PageToken.Page("certificates", found, size, pair => pair.Summary, pair => [pair.Row.CreatedAtMs.ToString(CultureInfo.InvariantCulture), pair.Row.CertificateId]);
        return new Response(page.Items, page.NextToken);
    }

    private static bool IsBehind(AcmCertificate row, string[] last, bool ascending)
    {
        var order = row.CreatedAtMs.CompareTo(long.Parse(last[0], CultureInfo.InvariantCulture)) is not 0 and var time ? time : string.CompareOrdinal(row.CertificateId, last[1]);
        return ascending ? order > 0 : order < 0;
    }

    private Summary Summarize(ReadSession session, AcmCertificate row)
    {
        using var certificate = row.Open();
        var facts = row.Facts;
        return new Summary
        {
            CertificateArn = row.Arn,
            DomainName = CertificateNames.Domain(certificate),
            SubjectAlternativeNameSummaries = CertificateNames.Alternatives(certificate),
            Status = CertificateNames.Status(facts.NotAfter, time.GetUtcNow()),
            Type = row.Type,
            KeyAlgorithm = row.KeyAlgorithm.Replace('_', '-'),
            KeyUsages = [.. CertificateNames.KeyUsages(certificate)],
            ExtendedKeyUsages = [.. CertificateNames.ExtendedKeyUsages(certificate).Select(usage => usage.Name)],
            InUse = usages.Any(usage => usage.UsersOf(session, row.Account, row.Arn).Count > 0),
            RenewalEligibility = "INELIGIBLE",
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
            ImportedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.ImportedAtMs),
        };
    }

    private static bool Passes(Request request, Summary one) =>
        (request.CertificateStatuses is not { Count: > 0 } statuses || statuses.Contains(one.Status))
        // AWS: without keyTypes only RSA_1024 and RSA_2048 are listed. Signer's keys are mostly ECDSA, so here all are.
        && (request.Includes?.KeyTypes is not { Count: > 0 } types || types.Contains(one.KeyAlgorithm.Replace('-', '_')))
        // What is imported cannot be exported and is managed by nobody else.
        && request.Includes is not ({ ExportOption: "ENABLED" } or { ManagedBy: not null })
        && (request.Includes?.KeyUsage is not { Count: > 0 } keyUsages || keyUsages.Contains("ANY") || keyUsages.Any(one.KeyUsages.Contains))
        && (request.Includes?.ExtendedKeyUsage is not { Count: > 0 } extended || extended.Contains("ANY") || extended.Any(one.ExtendedKeyUsages.Contains));
}
