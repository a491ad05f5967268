using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Provisioning;
using Godwit.Server.Certificates;
using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning;

/// <summary>AWS: just-in-time provisioning. A device whose CA has a template is provisioned by its first CONNECT; its next one is let in.</summary>
public sealed class JustInTimeProvisioning(Database database, Provisioner provisioner)
{
    private const string Prefix = "AWS::IoT::Certificate::";

    /// <summary>AWS: the parts of a certificate's subject that a template may name.</summary>
    private static readonly (string Oid, string Name)[] SubjectParts =
    [
        ("2.5.4.6", "Country"), ("2.5.4.10", "Organization"), ("2.5.4.11", "OrganizationalUnit"), ("2.5.4.46", "DistinguishedNameQualifier"),
        ("2.5.4.8", "StateName"), ("2.5.4.3", "CommonName"), ("2.5.4.5", "SerialNumber"),
    ];

    /// <summary>Makes what the CA's template says of a certificate that was registered just now. Answers what came of it, for the log.</summary>
    public async Task<string> Provision(JustInTimeTemplate asked, X509Certificate2 certificate, CancellationToken ct)
    {
        var body = asked.Body ?? (await database.Read(session => ProvisioningTemplates.Find(session, asked.Caller.Account, asked.Name!), ct) is { Type: "JITP", Enabled: true } template
            ? template.Body
            : null);
        if (body is null)
            return $"its certificate {asked.CertificateId} was not provisioned: there is no enabled JITP template {asked.Name}";
        var parameters = ParametersOf(certificate);
        parameters[Prefix + "Id"] = asked.CertificateId;
        var plan = ProvisioningTemplate.Read(body).Then(read => read.Resolve(parameters));
        var done = plan.IsOk ? await provisioner.Provision(asked.Caller, plan.Value, ct) : plan.Error;
        return done.IsOk
            ? $"its certificate {asked.CertificateId} has been provisioned as thing {done.Value.ThingName ?? "none"}: it may connect now"
            : $"its certificate {asked.CertificateId} was not provisioned: {done.Error!.Message}";
    }

    private static Dictionary<string, string> ParametersOf(X509Certificate2 certificate)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (part.HasMultipleElements || part.GetSingleElementValue() is not { } value)
                continue;
            var known = Array.Find(SubjectParts, one => one.Oid == part.GetSingleElementType().Value);
            if (known.Name is not null)
                parameters.TryAdd(Prefix + known.Name, value);
        }
        return parameters;
    }
}
