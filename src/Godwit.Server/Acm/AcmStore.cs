using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Acm;

/// <summary>ACM's certificates in the database; every method runs inside the caller's session.</summary>
internal static class AcmStore
{
    private const string Columns = "account, certificate_id, region, type, certificate_pem, chain_pem, key_algorithm, token_key, created_at_ms, imported_at_ms";

    /// <summary>By its ARN; one of another account is as good as none.</summary>
    public static Result<AcmCertificate> Find(ReadSession session, string account, string arn)
    {
        if (Arn.Parse(arn) is not { Service: "acm", ResourceType: "certificate" } parsed)
            return AcmErrors.InvalidArn(arn);
        var found = parsed.Account == account
            ? session.First<AcmCertificate>($"SELECT {Columns} FROM acm_certificate WHERE account = @account AND certificate_id = @id", new { account, id = parsed.ResourceName })
            : null;
        return found is not null && found.Arn == arn ? found : AcmErrors.NotFound(arn, account);
    }

    public static byte[] SealedKey(ReadSession session, AcmCertificate certificate) =>
        session.First<byte[]>("SELECT sealed_key FROM acm_certificate WHERE account = @Account AND certificate_id = @CertificateId", certificate)
        ?? throw new InvalidOperationException($"Certificate {certificate.Arn} has no key.");

    /// <summary>All of an account, newest first unless told otherwise.</summary>
    public static List<AcmCertificate> List(ReadSession session, string account, bool ascending) => session.Query<AcmCertificate>(
        $"SELECT {Columns} FROM acm_certificate WHERE account = @account ORDER BY created_at_ms {(ascending ? "" : "DESC")}, certificate_id {(ascending ? "" : "DESC")}", new { account });

    public static long Count(ReadSession session, string account) => session.First<long>("SELECT COUNT(*) FROM acm_certificate WHERE account = @account", new { account });

    /// <summary>Keeps it under its id, in place of what has it already.</summary>
    public static void Put(WriteSession session, Caller caller, AcmCertificate certificate, byte[] sealedKey, string kind)
    {
        var replaced = session.Execute(
            """
            UPDATE acm_certificate SET certificate_pem = @CertificatePem, chain_pem = @ChainPem, sealed_key = @sealedKey, key_algorithm = @KeyAlgorithm, token_key = @TokenKey, imported_at_ms = @atMs
            WHERE account = @Account AND certificate_id = @CertificateId
            """, Row());
        if (replaced == 0)
            session.Execute(
                """
                INSERT INTO acm_certificate (account, certificate_id, region, type, certificate_pem, chain_pem, sealed_key, key_algorithm, token_key, created_at_ms, imported_at_ms)
                VALUES (@Account, @CertificateId, @Region, @Type, @CertificatePem, @ChainPem, @sealedKey, @KeyAlgorithm, @TokenKey, @atMs, @atMs)
                """, Row());
        session.Record(new Fact(caller.Account, caller.Arn, kind, certificate.Resource, replaced == 0 ? null : "ISSUED", "ISSUED", certificate.KeyAlgorithm));

        object Row() => new
        {
            certificate.Account, certificate.CertificateId, certificate.Region, certificate.Type, certificate.CertificatePem, certificate.ChainPem, sealedKey,
            certificate.KeyAlgorithm, certificate.TokenKey, atMs = session.NowMs,
        };
    }

    public static void Delete(WriteSession session, Caller caller, AcmCertificate certificate)
    {
        session.Execute("DELETE FROM acm_certificate WHERE account = @Account AND certificate_id = @CertificateId", certificate);
        session.Record(new Fact(caller.Account, caller.Arn, "DeleteCertificate", certificate.Resource, "ISSUED", null));
    }
}
