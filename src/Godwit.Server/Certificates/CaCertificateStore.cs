using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>Rows of registered CA certificates.</summary>
internal static class CaCertificateStore
{
    /// <summary>AWS: how many CAs may have the same name. It is also how many keys a stranger's certificate is tried against at the most.</summary>
    public const int SameNameMax = 10;

    public const string Enabled = "ENABLE";

    public const string Disabled = "DISABLE";

    /// <summary>What stands last in a CA's ARN.</summary>
    public static string Resource(string certificateId) => "cacert/" + certificateId;

    /// <summary>A CA by its id; requests may write its digits large.</summary>
    public static CaCertificateRow? Find(ReadSession session, string account, string certificateId) => session.First<CaCertificateRow>(
        "SELECT * FROM ca_certificate WHERE account = @account AND certificate_id = @id", new { account, id = certificateId.ToLowerInvariant() });

    public static bool Exists(ReadSession session, string account, string certificateId) => Find(session, account, certificateId) is not null;

    /// <summary>The CA that signed a certificate, of whichever account and status, or null where none is registered.</summary>
    public static CaCertificateRow? SignerOf(ReadSession session, X509Certificate2 certificate) =>
        OfSubject(session, Hash(certificate.IssuerName.RawData)).Find(row => IsSignedBy(certificate, row));

    /// <summary>All CAs of one name.</summary>
    public static List<CaCertificateRow> OfSubject(ReadSession session, string subjectHash) => session.Query<CaCertificateRow>(
        "SELECT * FROM ca_certificate WHERE subject_hash = @subjectHash ORDER BY created_at_ms, certificate_id LIMIT @SameNameMax",
        new { subjectHash, SameNameMax });

    /// <summary>A row for a CA; <paramref name="generationId"/> is a new UUID.</summary>
    public static CaCertificateRow RowOf(Caller caller, X509Certificate2 certificate, string mode, string generationId) => new()
    {
        Account = caller.Account,
        CertificateId = CertificateStore.IdOf(certificate),
        Region = caller.Region,
        Mode = mode,
        Pem = certificate.ExportCertificatePem() + "\n",
        SubjectHash = Hash(certificate.SubjectName.RawData),
        KeyHash = Hash(certificate.PublicKey.ExportSubjectPublicKeyInfo()),
        GenerationId = generationId,
        CustomerVersion = 1,
        NotBeforeMs = new DateTimeOffset(certificate.NotBefore).ToUnixTimeMilliseconds(),
        NotAfterMs = new DateTimeOffset(certificate.NotAfter).ToUnixTimeMilliseconds(),
    };

    public static Result<Nothing> Insert(WriteSession session, Caller caller, CaCertificateRow row)
    {
        var sameName = OfSubject(session, row.SubjectHash);
        if (sameName.Find(other => other.KeyHash == row.KeyHash) is { } same)
        {
            var id = same.Account == caller.Account ? same.CertificateId : row.CertificateId;
            return CaCertificateErrors.Exists(id, caller.IotArn(Resource(id)));
        }
        if (sameName.Count >= SameNameMax)
            return CaCertificateErrors.TooManyOfOneName();
        session.Execute(
            """
            INSERT INTO ca_certificate (account, certificate_id, region, status, auto_registration, mode, pem, subject_hash, key_hash, role_arn, template_body, template_name, generation_id,
                                        customer_version, not_before_ms, not_after_ms, created_at_ms, modified_at_ms)
            VALUES (@Account, @CertificateId, @Region, @Status, @AutoRegistration, @Mode, @Pem, @SubjectHash, @KeyHash, @RoleArn, @TemplateBody, @TemplateName, @GenerationId,
                    @CustomerVersion, @NotBeforeMs, @NotAfterMs, @CreatedAtMs, @ModifiedAtMs)
            """,
            row with { CreatedAtMs = session.NowMs, ModifiedAtMs = session.NowMs });
        session.Record(new Fact(caller.Account, caller.Arn, "RegisterCACertificate", Resource(row.CertificateId), null, row.State));
        return default(Nothing);
    }

    private static bool IsSignedBy(X509Certificate2 certificate, CaCertificateRow row)
    {
        using var signer = X509Certificate2.CreateFromPem(row.Pem);
        return CertificateSignature.IsBy(certificate, signer);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

internal sealed record CaCertificateRow
{
    public string Account { get; init; } = "";

    public string CertificateId { get; init; } = "";

    public string Region { get; init; } = "";

    public string Status { get; init; } = "";

    public string AutoRegistration { get; init; } = "";

    public string Mode { get; init; } = "";

    public string Pem { get; init; } = "";

    public string SubjectHash { get; init; } = "";

    public string KeyHash { get; init; } = "";

    public string? RoleArn { get; init; }

    public string? TemplateBody { get; init; }

    public string? TemplateName { get; init; }

    public string GenerationId { get; init; } = "";

    public long CustomerVersion { get; init; }

    public long NotBeforeMs { get; init; }

    public long NotAfterMs { get; init; }

    public long CreatedAtMs { get; init; }

    public long ModifiedAtMs { get; init; }

    /// <summary>Both switches as the journal has them.</summary>
    public string State => $"{Status}, auto registration {AutoRegistration}";
}
