using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core.Access;
using Godwit.Server.Mqtt;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>AWS: X.509 certificate policy variables.</summary>
public sealed class CertificateVariableTests
{
    private const string AlternativeNames = "2.5.29.17";

    [Theory]
    [InlineData("Subject.CommonName", "dev7")]
    [InlineData("Subject.CommonName.0", "dev7")]
    [InlineData("Subject.Country", "NZ")]
    [InlineData("Subject.Organization", "Shorebirds")]
    [InlineData("Subject.OrganizationalUnit", "Waders")]
    [InlineData("Subject.OrganizationalUnit.1", "Godwits")]
    [InlineData("Subject.State", "Otago")]
    [InlineData("Subject.Title", "Dr")]
    [InlineData("Subject.Surname", "Limosa")]
    [InlineData("Subject.GivenName", "Lima")]
    [InlineData("Subject.Initials", "LL")]
    [InlineData("Subject.Pseudonym", "kuaka")]
    [InlineData("Subject.GenerationQualifier", "III")]
    [InlineData("Subject.SerialNumber", "sn-1")]
    [InlineData("Subject.DistinguishedNameQualifier", "dnq")]
    [InlineData("Issuer.CommonName", "dev7")]
    [InlineData("AlternativeName.RFC822Name", "dev7@birds.example")]
    [InlineData("AlternativeName.DNSName", "dev7.birds.example")]
    [InlineData("AlternativeName.DNSName.1", "seven.birds.example")]
    [InlineData("AlternativeName.DirectoryName", "CN=other")]
    [InlineData("AlternativeName.UniformResourceIdentifier", "urn:dev:7")]
    [InlineData("AlternativeName.IPAddress", "192.0.2.7")]
    [InlineData("AlternativeName.IPAddress.1", "2001:db8::7")]
    public void Each_part_of_a_certificate_has_its_variable(string name, string value)
    {
        using var certificate = Make(Names());
        Assert.Equal(value, CertificateVariables.AddTo(PolicyContext.Empty, certificate).Substitute("iot:Certificate." + name));
    }

    [Fact]
    public void Lists_and_keys_name_what_is_there_and_nothing_else()
    {
        using var certificate = Make(Names());
        var context = CertificateVariables.AddTo(PolicyContext.Empty, certificate);
        Assert.Equal(["Waders", "Godwits"], context.Find("iot:Certificate.Subject.OrganizationalUnit.List"));
        var keys = context.Find("iot:Certificate.AvailableKeys")!;
        Assert.Contains("iot:Certificate.AlternativeName.UniformResourceIdentifier", keys);
        Assert.DoesNotContain("iot:Certificate.Subject.Role", keys);
        Assert.Equal(certificate.SerialNumber, context.Substitute("iot:Certificate.SerialNumber"));
        Assert.Null(context.Substitute("iot:Certificate.Subject.CommonName.1"));
    }

    [Theory]
    [InlineData("0400")]
    [InlineData("3005A4030102")]
    [InlineData("30028602")]
    [InlineData("3003870101")] // An address of one byte.
    [InlineData("3005810376FF80")] // Not ASCII.
    public void Alternative_names_that_cannot_be_read_are_none(string hex)
    {
        using var certificate = Make(new X509Extension(AlternativeNames, Convert.FromHexString(hex), critical: false));
        var context = CertificateVariables.AddTo(PolicyContext.Empty, certificate);
        Assert.Equal("dev7", context.Substitute("iot:Certificate.Subject.CommonName"));
        Assert.DoesNotContain(context.Find("iot:Certificate.AvailableKeys")!, key => key.Contains("AlternativeName", StringComparison.Ordinal));
    }

    private static X509Certificate2 Make(X509Extension names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        const string subject =
            "CN=dev7, C=NZ, O=Shorebirds, OU=Godwits, OU=Waders, S=Otago, T=Dr, SN=Limosa, G=Lima, I=LL, OID.2.5.4.65=kuaka, OID.2.5.4.44=III, OID.2.5.4.5=sn-1, OID.2.5.4.46=dnq";
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Extension Names()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, "dev7@birds.example", Tag(1));
            writer.WriteCharacterString(UniversalTagNumber.IA5String, "dev7.birds.example", Tag(2));
            writer.WriteCharacterString(UniversalTagNumber.IA5String, "seven.birds.example", Tag(2));
            using (writer.PushSequence(Tag(4)))
                writer.WriteEncodedValue(new X500DistinguishedName("CN=other").RawData);
            writer.WriteCharacterString(UniversalTagNumber.IA5String, "urn:dev:7", Tag(6));
            writer.WriteOctetString(IPAddress.Parse("192.0.2.7").GetAddressBytes(), Tag(7));
            writer.WriteOctetString(IPAddress.Parse("2001:db8::7").GetAddressBytes(), Tag(7));
            writer.WriteOctetString([1, 2, 3], Tag(8)); // A registered id, which has no variable.
        }

        return new X509Extension(AlternativeNames, writer.Encode(), critical: false);
    }

    private static Asn1Tag Tag(int number) => new(TagClass.ContextSpecific, number);
}
