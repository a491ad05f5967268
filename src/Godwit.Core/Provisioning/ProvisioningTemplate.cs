using System.Text.Json;

namespace Godwit.Core.Provisioning;

/// <summary>A provisioning template: parameters, mappings and the resources to make of them. AWS: Provisioning > Provisioning templates.</summary>
public sealed class ProvisioningTemplate
{
    private const string ThingType = "AWS::IoT::Thing";
    private const string CertificateType = "AWS::IoT::Certificate";
    private const string PolicyType = "AWS::IoT::Policy";

    private readonly JsonElement _root;

    private ProvisioningTemplate(JsonElement root) => _root = root;

    /// <summary>The names of its parameters.</summary>
    public IEnumerable<string> Parameters => Members(_root, "Parameters").Select(parameter => parameter.Name);

    /// <summary>Reads a template and checks all that can be known before there are parameters.</summary>
    public static Result<ProvisioningTemplate> Read(string body)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            root = document.RootElement.Clone();
        }
        catch (JsonException failure)
        {
            return Errors.InvalidRequest($"The template body is no JSON: {failure.Message}");
        }
        if (root.ValueKind != JsonValueKind.Object)
            return Errors.InvalidRequest("The template body must be a JSON object with Parameters and Resources.");
        if (!root.TryGetProperty("Resources", out var resources) || resources.ValueKind != JsonValueKind.Object || !resources.EnumerateObject().Any())
            return Errors.InvalidRequest("The template body has no Resources. Name a thing, a certificate or policies.");
        return Refuse(resources) is { } refusal ? refusal : new ProvisioningTemplate(root);
    }

    /// <summary>The plan for these parameters. What a template does not give by Default must be among them.</summary>
    public Result<ProvisioningPlan> Resolve(IReadOnlyDictionary<string, string> given)
    {
        var values = new Dictionary<string, string>(given, StringComparer.Ordinal);
        foreach (var parameter in Members(_root, "Parameters"))
            if (!values.ContainsKey(parameter.Name) && parameter.Value.ValueKind == JsonValueKind.Object
                && parameter.Value.TryGetProperty("Default", out var usual) && usual.ValueKind == JsonValueKind.String)
                values[parameter.Name] = usual.GetString()!;
        try
        {
            return Plan(new TemplateFunctions(values, _root.TryGetProperty("Mappings", out var mappings) ? mappings : default));
        }
        catch (TemplateException failure)
        {
            return Errors.InvalidRequest(failure.Message);
        }
    }

    private static ServiceError? Refuse(JsonElement resources)
    {
        var seen = new HashSet<string>();
        foreach (var resource in resources.EnumerateObject())
        {
            var type = TypeOf(resource.Value);
            if (type is not (ThingType or CertificateType or PolicyType))
                return Errors.InvalidRequest($"Resource {resource.Name} of the template has the Type '{type}'. Known are {ThingType}, {CertificateType} and {PolicyType}.");
            if (type != PolicyType && !seen.Add(type))
                return Errors.InvalidRequest($"The template has more than one resource of Type {type}. One is allowed.");
            if (!resource.Value.TryGetProperty("Properties", out var properties) || properties.ValueKind != JsonValueKind.Object)
                return Errors.InvalidRequest($"Resource {resource.Name} of the template has no Properties.");
            if (type == ThingType && !properties.TryGetProperty("ThingName", out _))
                return Errors.InvalidRequest($"Resource {resource.Name} of the template has no ThingName.");
            if (type == PolicyType && properties.TryGetProperty("PolicyName", out _) == properties.TryGetProperty("PolicyDocument", out _))
                return Errors.InvalidRequest($"Resource {resource.Name} of the template needs either PolicyName or PolicyDocument.");
        }
        return null;
    }

    private ProvisioningPlan Plan(TemplateFunctions functions)
    {
        ThingPlan? thing = null;
        CertificatePlan? certificate = null;
        var policies = new List<PolicyPlan>();
        foreach (var resource in Members(_root, "Resources"))
        {
            var properties = new TemplateProperties(functions, resource.Name, resource.Value.GetProperty("Properties"));
            switch (TypeOf(resource.Value))
            {
                case ThingType:
                    thing = Thing(properties, resource);
                    break;
                case CertificateType:
                    certificate = Certificate(properties);
                    break;
                default:
                    policies.Add(new PolicyPlan(resource.Name, properties.Text("PolicyName"), properties.Document("PolicyDocument")));
                    break;
            }
        }
        var configuration = _root.TryGetProperty("DeviceConfiguration", out var told) && told.ValueKind == JsonValueKind.Object
            ? new TemplateProperties(functions, "DeviceConfiguration", told).Texts()
            : new Dictionary<string, string>();
        return new ProvisioningPlan(thing, certificate, policies, configuration);
    }

    private static ThingPlan Thing(TemplateProperties properties, JsonProperty resource)
    {
        var overrides = resource.Value.TryGetProperty("OverrideSettings", out var settings) && settings.ValueKind == JsonValueKind.Object ? settings : default;
        return new ThingPlan(
            resource.Name, properties.Needed("ThingName"), properties.Text("ThingTypeName"), properties.Text("BillingGroup"),
            properties.Map("AttributePayload"), properties.List("ThingGroups"),
            new ThingOverrides(OverrideOf(overrides, "AttributePayload"), OverrideOf(overrides, "ThingTypeName"), OverrideOf(overrides, "ThingGroups")));
    }

    private static CertificatePlan Certificate(TemplateProperties properties)
    {
        var (id, request, pem) = (properties.Text("CertificateId"), properties.Text("CertificateSigningRequest"), properties.Text("CertificatePem"));
        if (new[] { id, request, pem }.Count(way => way is not null) != 1)
            throw new TemplateException($"Resource {properties.LogicalId} of the template needs one of CertificateId, CertificateSigningRequest and CertificatePem.");
        var status = properties.Text("Status")?.ToUpperInvariant() ?? "ACTIVE";
        if (status is not ("ACTIVE" or "INACTIVE"))
            throw new TemplateException($"Resource {properties.LogicalId} of the template has the Status '{status}'. Known are ACTIVE and INACTIVE.");
        return new CertificatePlan(properties.LogicalId, id, request, pem, properties.Text("CACertificatePem"), status);
    }

    private static Override OverrideOf(JsonElement settings, string name) =>
        settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty(name, out var setting) && setting.ValueKind == JsonValueKind.String
            ? setting.GetString() switch
            {
                "DO_NOTHING" => Override.DoNothing,
                "REPLACE" => Override.Replace,
                "MERGE" => Override.Merge,
                _ => Override.Fail,
            }
            : Override.Fail;

    private static string? TypeOf(JsonElement resource) =>
        resource.ValueKind == JsonValueKind.Object && resource.TryGetProperty("Type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null;

    private static IEnumerable<JsonProperty> Members(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Object ? member.EnumerateObject() : [];
}
