using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>Rows of certificates.</summary>
internal static class CertificateStore
{
    /// <summary>A certificate by its id; requests may write its digits large.</summary>
    public static CertificateRow? Find(ReadSession session, string account, string certificateId) => session.First<CertificateRow>(
        "SELECT * FROM certificate WHERE account = @account AND certificate_id = @id", new { account, id = certificateId.ToLowerInvariant() });

    /// <summary>A certificate that an account has or that is offered to it.</summary>
    public static CertificateRow? FindVisible(ReadSession session, string account, string certificateId) => session.First<CertificateRow>(
        "SELECT * FROM certificate WHERE certificate_id = @id AND (account = @account OR transfer_to = @account)", new { account, id = certificateId.ToLowerInvariant() });

    public static bool Exists(ReadSession session, string account, string certificateId) => Find(session, account, certificateId) is not null;

    /// <summary>The id that AWS gives a certificate: the lower-case hex SHA-256 of its DER.</summary>
    public static string IdOf(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));

    /// <summary>A row for a certificate; <paramref name="generationId"/> is a new UUID.</summary>
    public static CertificateRow RowOf(Caller caller, X509Certificate2 certificate, string status, string mode, string? caCertificateId, string generationId) => new()
    {
        Account = caller.Account,
        CertificateId = IdOf(certificate),
        Region = caller.Region,
        Status = status,
        Mode = mode,
        Pem = certificate.ExportCertificatePem() + "\n",
        CaCertificateId = caCertificateId,
        GenerationId = generationId,
        CustomerVersion = 1,
        NotBeforeMs = new DateTimeOffset(certificate.NotBefore).ToUnixTimeMilliseconds(),
        NotAfterMs = new DateTimeOffset(certificate.NotAfter).ToUnixTimeMilliseconds(),
    };

    /// <summary>Keeps a certificate under its id, which no account may hold already.</summary>
    public static Result<Nothing> Insert(WriteSession session, Caller caller, string operation, CertificateRow row)
    {
        var inserted = session.Execute(
            """
            INSERT INTO certificate (account, certificate_id, region, status, mode, pem, ca_certificate_id, generation_id, customer_version,
                                     not_before_ms, not_after_ms, created_at_ms, modified_at_ms)
            VALUES (@Account, @CertificateId, @Region, @Status, @Mode, @Pem, @CaCertificateId, @GenerationId, @CustomerVersion,
                    @NotBeforeMs, @NotAfterMs, @CreatedAtMs, @ModifiedAtMs)
            ON CONFLICT DO NOTHING
            """,
            row with { CreatedAtMs = session.NowMs, ModifiedAtMs = session.NowMs });
        if (inserted == 0)
            return CertificateErrors.Exists(row.CertificateId, caller.IotArn("cert/" + row.CertificateId));
        session.Record(new Fact(caller.Account, caller.Arn, operation, "cert/" + row.CertificateId, null, row.Status));
        return default(Nothing);
    }
}

internal sealed record CertificateRow
{
    public string Account { get; init; } = "";

    public string CertificateId { get; init; } = "";

    public string Region { get; init; } = "";

    public string Status { get; init; } = "";

    public string Mode { get; init; } = "";

    public string Pem { get; init; } = "";

    public string? CaCertificateId { get; init; }

    public string GenerationId { get; init; } = "";

    public long CustomerVersion { get; init; }

    public long NotBeforeMs { get; init; }

    public long NotAfterMs { get; init; }

    public long CreatedAtMs { get; init; }

    public long ModifiedAtMs { get; init; }

    /// <summary>The account that it is offered to, while it is PENDING_TRANSFER.</summary>
    public string? TransferTo { get; init; }

    /// <summary>The account that had it before it was transferred.</summary>
    public string? PreviousAccount { get; init; }

    public string? TransferMessage { get; init; }

    public string? RejectReason { get; init; }

    public long? TransferAtMs { get; init; }

    public long? AcceptAtMs { get; init; }

    public long? RejectAtMs { get; init; }
}
