using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core.Access;

namespace Godwit.Server.Mqtt;

/// <summary>
/// The policy variables that stand for parts of a client certificate (AWS: X.509 certificate policy variables), for example
/// <c>iot:Certificate.Subject.CommonName</c>. Where a part occurs several times its name stands for the first, <c>.0</c>, <c>.1</c>, … for each and
/// <c>.List</c> for all.
/// </summary>
internal static class CertificateVariables
{
    private const string Prefix = "iot:Certificate.", AlternativeNameOid = "2.5.29.17";

    private static readonly Dictionary<string, string> NameParts = new()
    {
        ["2.5.4.3"] = "CommonName",
        ["2.5.4.4"] = "Surname",
        ["2.5.4.5"] = "SerialNumber",
        ["2.5.4.6"] = "Country",
        ["2.5.4.8"] = "State",
        ["2.5.4.10"] = "Organization",
        ["2.5.4.11"] = "OrganizationalUnit",
        ["2.5.4.12"] = "Title",
        ["2.5.4.42"] = "GivenName",
        ["2.5.4.43"] = "Initials",
        ["2.5.4.44"] = "GenerationQualifier",
        ["2.5.4.46"] = "DistinguishedNameQualifier",
        ["2.5.4.65"] = "Pseudonym",
    };

    public static PolicyContext AddTo(PolicyContext context, X509Certificate2 certificate)
    {
        var parts = new List<(string Name, string Value)> { ("SerialNumber", certificate.SerialNumber) };
        parts.AddRange(Parts("Subject.", certificate.SubjectName));
        parts.AddRange(Parts("Issuer.", certificate.IssuerName));
        parts.AddRange(AlternativeNames(certificate).Select(name => ("AlternativeName." + name.Kind, name.Value)));

        var singles = new Dictionary<string, string>(StringComparer.Ordinal);
        var lists = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var group in parts.GroupBy(part => Prefix + part.Name, part => part.Value))
        {
            singles[group.Key] = group.First();
            lists[group.Key + ".List"] = [.. group];
            foreach (var (index, value) in group.Index())
                singles[$"{group.Key}.{index}"] = value;
        }
        lists[Prefix + "AvailableKeys"] = [.. lists.Keys.Select(name => name[..^".List".Length])];
        return lists.Aggregate(context.With(singles), (known, list) => known.With(list.Key, list.Value));
    }

    /// <summary>RFC 5280 §4.2.1.6. The runtime's own reader gives DNS names and addresses only. An extension that cannot be read has no names.</summary>
    private static List<(string Kind, string Value)> AlternativeNames(X509Certificate2 certificate)
    {
        var names = new List<(string, string)>();
        try
        {
            foreach (var extension in certificate.Extensions.Where(extension => extension.Oid?.Value == AlternativeNameOid))
            {
                var sequence = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (sequence.HasData)
                {
                    if (NameOf(sequence) is { } name)
                        names.Add(name);
                }
            }
        }
        catch (Exception broken) when (broken is AsnContentException or CryptographicException or ArgumentException)
        {
            names.Clear();
        }

        return names;
    }

    private static (string Kind, string Value)? NameOf(AsnReader names)
    {
        var tag = names.PeekTag();
        switch (tag.TagValue)
        {
            case 1: return ("RFC822Name", names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
            case 2: return ("DNSName", names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
            case 4: return ("DirectoryName", new X500DistinguishedName(names.ReadSequence(tag).ReadEncodedValue().Span).Name);
            case 6: return ("UniformResourceIdentifier", names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
            case 7: return ("IPAddress", new IPAddress(names.ReadOctetString(tag)).ToString());
            default:
                names.ReadEncodedValue();
                return null;
        }
    }

    private static IEnumerable<(string, string)> Parts(string owner, X500DistinguishedName name) =>
        from part in name.EnumerateRelativeDistinguishedNames(reversed: false)
        where !part.HasMultipleElements
        let type = part.GetSingleElementType().Value
        where type is not null && NameParts.ContainsKey(type)
        select (owner + NameParts[type], part.GetSingleElementValue() ?? "");
}
