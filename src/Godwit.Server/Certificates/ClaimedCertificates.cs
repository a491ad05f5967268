using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tls;

namespace Godwit.Server.Certificates;

/// <summary>
/// Certificates for devices that are provisioned by claim: made as PENDING_ACTIVATION with a token that proves whose they are. A certificate that nobody
/// has provisioned by the end of its token is deleted (AWS: after an hour).
/// </summary>
public sealed class ClaimedCertificates(Database database, CertificateAuthority authority, IRandomSource random)
{
    /// <summary>AWS: the life of an ownership token.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private const int KeyBits = 2048;

    /// <summary>Certificates that wait in one account; a claim is on many devices and may be in wrong hands.</summary>
    private const long WaitingMax = 10_000;

    private static readonly X500DistinguishedName Subject = new("CN=AWS IoT Certificate");

    public async Task<Result<ClaimedCertificate>> Create(Caller caller, CancellationToken ct)
    {
        if (await IsFull(caller, ct) is { } full)
            return full;
        using var key = RSA.Create(KeyBits);
        using var certificate = authority.IssueDevice(Subject, new PublicKey(key));
        return await Keep(caller, certificate, key.ExportRSAPrivateKeyPem() + "\n", ct);
    }

    public async Task<Result<ClaimedCertificate>> CreateFromCsr(Caller caller, string signingRequest, CancellationToken ct)
    {
        if (await IsFull(caller, ct) is { } full)
            return full;
        var asked = CreateCertificateFromCsr.Read(signingRequest);
        if (!asked.IsOk)
            return asked.Error;
        using var certificate = authority.IssueDevice(asked.Value.SubjectName, asked.Value.PublicKey);
        return await Keep(caller, certificate, privateKey: null, ct);
    }

    /// <summary>The certificate that a token stands for, or null: unknown, of another account, or too old.</summary>
    public Task<string?> Find(Caller caller, string token, DateTimeOffset now, CancellationToken ct) => database.Read(
        session => session.First<string>(
            "SELECT certificate_id FROM certificate_ownership WHERE token_hash = @hash AND account = @Account AND expires_at_ms > @now",
            new { hash = HashOf(token), caller.Account, now = now.ToUnixTimeMilliseconds() }),
        ct);

    /// <summary>The device is provisioned: the token has done its work.</summary>
    public Task<int> Release(Caller caller, string certificateId, CancellationToken ct) => database.Write(
        session => session.Execute(
            "DELETE FROM certificate_ownership WHERE account = @Account AND certificate_id = @certificateId", new { caller.Account, certificateId }),
        ct);

    /// <summary>Deletes what nobody has provisioned in time; answers how many certificates.</summary>
    public Task<int> DeleteExpired(CancellationToken ct) => database.Write(DeleteExpired, ct);

    private static int DeleteExpired(WriteSession session)
    {
        var expired = session.Query<ExpiredRow>(
            "SELECT account, certificate_id FROM certificate_ownership WHERE expires_at_ms <= @NowMs ORDER BY expires_at_ms LIMIT 500", new { session.NowMs });
        var deleted = 0;
        foreach (var row in expired)
        {
            session.Execute("DELETE FROM certificate_ownership WHERE account = @Account AND certificate_id = @CertificateId", row);
            if (session.Execute("DELETE FROM certificate WHERE account = @Account AND certificate_id = @CertificateId AND status = 'PENDING_ACTIVATION'", row) == 0)
                continue;
            deleted++;
            session.Record(new Fact(
                row.Account, Caller.Service(row.Account, "us-east-1").Arn, "DeleteCertificate", "cert/" + row.CertificateId,
                CertificateStatus.PendingActivation, null, "its ownership token has expired"));
        }
        return deleted;
    }

    private async Task<ServiceError?> IsFull(Caller caller, CancellationToken ct)
    {
        var waiting = await database.Read(
            session => session.First<long>("SELECT COUNT(*) FROM certificate_ownership WHERE account = @Account", new { caller.Account }), ct);
        return waiting < WaitingMax ? null
            : Errors.Throttling($"{waiting} certificates of the account wait to be provisioned. Try again when their tokens have expired.", status: 429);
    }

    private async Task<Result<ClaimedCertificate>> Keep(Caller caller, X509Certificate2 certificate, string? privateKey, CancellationToken ct)
    {
        var row = CertificateStore.RowOf(caller, certificate, CertificateStatus.PendingActivation, "DEFAULT", null, random.NewUuid());
        var bytes = new byte[48];
        random.Fill(bytes);
        var token = Convert.ToBase64String(bytes);
        var kept = await database.Change(session =>
        {
            session.Execute(
                "INSERT INTO certificate_ownership (account, certificate_id, token_hash, expires_at_ms) VALUES (@Account, @CertificateId, @hash, @expires)",
                new { row.Account, row.CertificateId, hash = HashOf(token), expires = session.NowMs + (long)Lifetime.TotalMilliseconds });
            return CertificateStore.Insert(session, caller, nameof(ClaimedCertificates), row);
        }, ct);
        return kept.Map(_ => new ClaimedCertificate(row.CertificateId, row.Pem, privateKey, token));
    }

    /// <summary>Whoever reads the database learns no token.</summary>
    private static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private sealed record ExpiredRow
    {
        public string Account { get; init; } = "";

        public string CertificateId { get; init; } = "";
    }
}

/// <summary>A new certificate and the token of the device that asked for it; the key where the service made it.</summary>
public sealed record ClaimedCertificate(string CertificateId, string CertificatePem, string? PrivateKey, string OwnershipToken)
{
    /// <summary>Keys and tokens must not reach a log by way of a record's text.</summary>
    public override string ToString() => $"{nameof(ClaimedCertificate)} {CertificateId}";
}
