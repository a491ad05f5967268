using System.Text.Json;
using Godwit.Core.Access;
using Godwit.Server.Http.Binding;

namespace Godwit.Server.Http;

/// <summary>
/// The ARNs that an operation is about, as policies name them. AWS: Service authorization reference > AWS IoT, AWS IoT Jobs DataPlane, AWS Signer, AWS Certificate Manager.
/// </summary>
internal static class ApiResources
{
    /// <summary>What a member of a request names, by the beginning of its ARN's resource; an operation is about the first that its URI holds.</summary>
    private static readonly (string Member, string Kind)[] Kinds =
    [
        ("otaUpdateId", "otaupdate/"), ("streamId", "stream/"), ("jobTemplateId", "jobtemplate/"), ("jobId", "job/"), ("thingName", "thing/"),
        ("thingGroupName", "thinggroup/"), ("thingTypeName", "thingtype/"), ("billingGroupName", "billinggroup/"), ("policyName", "policy/"),
        ("caCertificateId", "cacert/"), ("certificateId", "cert/"), ("roleAlias", "rolealias/"), ("templateName", "provisioningtemplate/"),
        ("packageName", "package/"), ("indexName", "index/"), ("topic", "topic/"), ("clientId", "client/"),
    ];

    /// <summary>Members that hold whole ARNs.</summary>
    private static readonly string[] ArnMembers = ["target", "targets", "resourceArn", "thingArn", "thingGroupArn", "billingGroupArn", "principal", "CertificateArn"];

    public static string Action(OperationModel operation) => $"{(operation.Service switch { "iot-data" => "iot", "iot-jobs-data" => "iotjobsdata", var service => service })}:{operation.Name}";

    /// <summary>What the URI names; null where it names nothing.</summary>
    public static string? Named(Caller caller, OperationModel operation, IReadOnlyDictionary<string, string> labels)
    {
        if (operation.Service == "signer")
            return labels.TryGetValue("profileName", out var profile) ? Signer(caller, $"/signing-profiles/{profile}")
                : labels.TryGetValue("jobId", out var signingJob) ? Signer(caller, $"/signing-jobs/{signingJob}")
                : labels.GetValueOrDefault("resourceArn");
        // AWS: a data plane's call about a job is about the thing that has it.
        var first = operation.Service == "iot-jobs-data" ? Kinds.Where(kind => kind.Member == "thingName") : Kinds;
        foreach (var (member, kind) in first)
        {
            if (labels.TryGetValue(member, out var name))
                return caller.IotArn(kind + name);
        }

        return null;
    }

    /// <summary>What the body names beside it; a star where nothing is named at all.</summary>
    public static IEnumerable<string> InContent(Caller caller, OperationModel operation, JsonElement request, bool isNamed)
    {
        var any = isNamed;
        foreach (var member in request.EnumerateObject())
        {
            foreach (var resource in Of(caller, operation, member, isNamed))
            {
                any = true;
                yield return resource;
            }
        }

        if (!any)
            yield return "*";
    }

    private static IEnumerable<string> Of(Caller caller, OperationModel operation, JsonProperty member, bool isNamed)
    {
        if (ArnMembers.Contains(member.Name))
        {
            if (member.Value.ValueKind == JsonValueKind.Array)
                return member.Value.EnumerateArray().Select(item => item.GetString()!);
            return member.Value.GetString() is { } arn && arn.StartsWith("arn:", StringComparison.Ordinal) ? [arn] : [];
        }

        if (operation.Service == "signer" && member.Name == "profileName" && !isNamed)
            return [Signer(caller, $"/signing-profiles/{member.Value.GetString()}")];
        // What a request changes stands in its URI; names in its body are of whom it is done to.
        var namesMember = !isNamed && operation.Service == "iot" && operation.Method is "PUT" or "POST";
        var kind = namesMember ? Array.Find(Kinds, entry => entry.Member == member.Name).Kind : null;
        return kind is not null && member.Value.ValueKind == JsonValueKind.String ? [caller.IotArn(kind + member.Value.GetString())] : [];
    }

    private static string Signer(Caller caller, string resource) => $"arn:aws:signer:{caller.Region}:{caller.Account}:{resource}";
}
