using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Acm;

/// <summary>DescribeCertificate</summary>
public sealed class DescribeCertificate(Database database, IEnumerable<AcmUsage> usages, TimeProvider time) : IOperation<DescribeCertificate.Request, DescribeCertificate.Response>
{
    public sealed record Request
    {
        public required string CertificateArn { get; init; }
    }

    public sealed record Response(Detail Certificate);

    public sealed record Detail
    {
        public required string CertificateArn { get; init; }

        public string? DomainName { get; init; }

        public required IReadOnlyList<string> SubjectAlternativeNames { get; init; }

        public required string Serial { get; init; }

        public required string Subject { get; init; }

        public required string Issuer { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset ImportedAt { get; init; }

        public required string Status { get; init; }

        public DateTimeOffset NotBefore { get; init; }

        public DateTimeOffset NotAfter { get; init; }

        public required string KeyAlgorithm { get; init; }

        public required string SignatureAlgorithm { get; init; }

        public required IReadOnlyList<string> InUseBy { get; init; }

        public required string Type { get; init; }

        public required IReadOnlyList<KeyUsage> KeyUsages { get; init; }

        public required IReadOnlyList<ExtendedKeyUsage> ExtendedKeyUsages { get; init; }

        public required string RenewalEligibility { get; init; }
    }

    public sealed record KeyUsage(string Name);

    public sealed record ExtendedKeyUsage(string Name, string OID);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read(session =>
        AcmStore.Find(session, caller.Account, request.CertificateArn).Map(certificate => new Response(Describe(session, certificate))), ct);

    private Detail Describe(ReadSession session, AcmCertificate kept)
    {
        using var certificate = kept.Open();
        var facts = kept.Facts;
        return new Detail
        {
            CertificateArn = kept.Arn,
            DomainName = CertificateNames.Domain(certificate),
            SubjectAlternativeNames = CertificateNames.Alternatives(certificate),
            Serial = string.Join(':', Convert.ToHexStringLower(certificate.SerialNumberBytes.Span).Chunk(2).Select(pair => new string(pair))),
            Subject = certificate.Subject,
            Issuer = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true) is { Length: > 0 } name ? name : certificate.Issuer,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(kept.CreatedAtMs),
            ImportedAt = DateTimeOffset.FromUnixTimeMilliseconds(kept.ImportedAtMs),
            Status = CertificateNames.Status(facts.NotAfter, time.GetUtcNow()),
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            // AWS: DescribeCertificate writes RSA-2048 and EC-prime256v1 where requests and lists have an underscore.
            KeyAlgorithm = kept.KeyAlgorithm.Replace('_', '-'),
            SignatureAlgorithm = (certificate.SignatureAlgorithm.FriendlyName ?? certificate.SignatureAlgorithm.Value!).ToUpperInvariant(),
            InUseBy = [.. usages.SelectMany(usage => usage.UsersOf(session, kept.Account, kept.Arn))],
            Type = kept.Type,
            KeyUsages = [.. CertificateNames.KeyUsages(certificate).Select(usage => new KeyUsage(usage))],
            ExtendedKeyUsages = [.. CertificateNames.ExtendedKeyUsages(certificate).Select(usage => new ExtendedKeyUsage(usage.Name, usage.Oid))],
            RenewalEligibility = "INELIGIBLE",
        };
    }
}

/// <summary>ACM's words for what stands in a certificate.</summary>
internal static class CertificateNames
{
    public static string Status(DateTimeOffset notAfter, DateTimeOffset now) => now > notAfter ? "EXPIRED" : "ISSUED";

    /// <summary>The common name.</summary>
    public static string? Domain(X509Certificate2 certificate) => certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } name ? name : null;

    public static IReadOnlyList<string> Alternatives(X509Certificate2 certificate)
    {
        try
        {
            var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames()).ToList();
            return names.Count > 0 ? names : Domain(certificate) is { } domain ? [domain] : [];
        }
        catch (Exception failure) when (failure is CryptographicException or AsnContentException)
        {
            return [];
        }
    }

    public static IEnumerable<string> KeyUsages(X509Certificate2 certificate)
    {
        if (certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is not { } extension)
            return ["ANY"];
        (X509KeyUsageFlags Flag, string Name)[] all =
            [
                (X509KeyUsageFlags.DigitalSignature, "DIGITAL_SIGNATURE"), (X509KeyUsageFlags.NonRepudiation, "NON_REPUDIATION"), (X509KeyUsageFlags.KeyEncipherment, "KEY_ENCIPHERMENT"),
                (X509KeyUsageFlags.DataEncipherment, "DATA_ENCIPHERMENT"), (X509KeyUsageFlags.KeyAgreement, "KEY_AGREEMENT"), (X509KeyUsageFlags.KeyCertSign, "CERTIFICATE_SIGNING"),
                (X509KeyUsageFlags.CrlSign, "CRL_SIGNING"), (X509KeyUsageFlags.EncipherOnly, "ENCIPHER_ONLY"), (X509KeyUsageFlags.DecipherOnly, "DECIPHER_ONLY"),
            ];
        return all.Where(usage => extension.KeyUsages.HasFlag(usage.Flag)).Select(usage => usage.Name);
    }

    public static IEnumerable<(string Name, string Oid)> ExtendedKeyUsages(X509Certificate2 certificate) =>
        (certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault()?.EnhancedKeyUsages.Cast<Oid>() ?? []).Select(usage => (usage.Value switch
        {
            "1.3.6.1.5.5.7.3.1" => "TLS_WEB_SERVER_AUTHENTICATION",
            "1.3.6.1.5.5.7.3.2" => "TLS_WEB_CLIENT_AUTHENTICATION",
            "1.3.6.1.5.5.7.3.3" => "CODE_SIGNING",
            "1.3.6.1.5.5.7.3.4" => "EMAIL_PROTECTION",
            "1.3.6.1.5.5.7.3.8" => "TIME_STAMPING",
            "1.3.6.1.5.5.7.3.9" => "OCSP_SIGNING",
            _ => "CUSTOM",
        }, usage.Value ?? ""));
}
