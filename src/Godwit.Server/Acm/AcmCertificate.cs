using System.Security.Cryptography.X509Certificates;
using Godwit.Core.Access;
using Godwit.Core.Signing;

namespace Godwit.Server.Acm;

/// <summary>A certificate as it is kept, without its key.</summary>
public sealed record AcmCertificate
{
    public const string Imported = "IMPORTED", MadeHere = "PRIVATE";

    public string Account { get; init; } = "";

    public string CertificateId { get; init; } = "";

    public string Region { get; init; } = "";

    public string Type { get; init; } = "";

    public string CertificatePem { get; init; } = "";

    public string? ChainPem { get; init; }

    public string KeyAlgorithm { get; init; } = "";

    /// <summary>The PKCS #11 URI of the key, where it stays in a token; null where it is sealed in the database.</summary>
    public string? TokenKey { get; init; }

    public long CreatedAtMs { get; init; }

    public long ImportedAtMs { get; init; }

    public string Arn => ArnOf(Region, Account, CertificateId);

    /// <summary>How the journal and tags name it.</summary>
    public string Resource => $"certificate/{CertificateId}";

    public CertificateFacts Facts => CertificateFacts.Read(CertificatePem) ?? throw new InvalidOperationException($"Certificate {Arn} was kept and cannot be read.");

    public X509Certificate2 Open() => X509Certificate2.CreateFromPem(CertificatePem);

    public static string ArnOf(string region, string account, string id) => $"arn:aws:acm:{region}:{account}:certificate/{id}";

    public static string ArnOf(Caller caller, string id) => ArnOf(caller.Region, caller.Account, id);
}
