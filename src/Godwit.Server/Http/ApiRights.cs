using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Http.Binding;
using Godwit.Server.Iam;

namespace Godwit.Server.Http;

/// <summary>Asks permission for one call of a restJson1 service: for its action on what the URI names, and for the role that it hands over.</summary>
internal sealed class ApiRights(AccessControl access, Exchange exchange, Signed signed)
{
    /// <summary>Roles that a service takes from a request to act by.</summary>
    private static readonly string[][] RoleMembers =
        [["roleArn"], ["presignedUrlConfig", "roleArn"], ["registrationConfig", "roleArn"], ["provisioningRoleArn"], ["preProvisioningHook", "roleArn"]];

    private readonly AccessKey _key = signed.Key!;

    private IReadOnlyList<KeyValuePair<string, string>>? _facts;

    /// <summary>Null where nothing need be asked.</summary>
    public static ApiRights? For(AccessControl access, Exchange exchange, Signed signed) =>
        access.AllowsEverything(signed.Key!) ? null : new ApiRights(access, exchange, signed);

    public ServiceError? Refuse(string service, string action, string resource) =>
        access.Refuse(_key, service, action, resource, _facts ??= RequestFacts.Of(exchange, signed.Caller.Region));

    /// <summary>Before the request is read: what its URI names.</summary>
    public ServiceError? RefuseCall(OperationModel operation, IReadOnlyDictionary<string, string> labels) =>
        ApiResources.Named(signed.Caller, operation, labels) is { } resource ? Refuse(operation.Service, ApiResources.Action(operation), resource) : null;

    /// <summary>Once it is read: what its body names, and the roles in it (iam:PassRole).</summary>
    public ServiceError? RefuseContent(OperationModel operation, IReadOnlyDictionary<string, string> labels, ReadOnlyMemory<byte> bound)
    {
        using var request = JsonDocument.Parse(bound);
        var isNamed = ApiResources.Named(signed.Caller, operation, labels) is not null;
        foreach (var resource in ApiResources.InContent(signed.Caller, operation, request.RootElement, isNamed))
        {
            if (Refuse(operation.Service, ApiResources.Action(operation), resource) is { } refusal)
                return refusal;
        }

        return operation.Service == "iot" ? RefuseRoles(request.RootElement, operation) : null;
    }

    private ServiceError? RefuseRoles(JsonElement request, OperationModel operation)
    {
        var service = operation.Name.Contains("RoleAlias", StringComparison.Ordinal) ? "credentials.iot.amazonaws.com" : RoleRights.Iot;
        foreach (var path in RoleMembers)
        {
            if (TextAt(request, path) is not { } role)
                continue;
            _facts = [.. _facts ?? RequestFacts.Of(exchange, signed.Caller.Region), new("iam:PassedToService", service)];
            if (Refuse("iot", "iam:PassRole", role) is { } refusal)
                return refusal;
        }

        return null;
    }

    private static string? TextAt(JsonElement element, string[] path)
    {
        foreach (var member in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(member, out element))
                return null;
        }

        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }
}
