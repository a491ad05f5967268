namespace Godwit.Core;

/// <summary>An Amazon resource name: <c>arn:partition:service:region:account:resource</c>; the resource may hold further colons and slashes.</summary>
public sealed record Arn(string Partition, string Service, string Region, string Account, string Resource)
{
    /// <summary>What stands before the first slash of the resource, for example <c>thing</c> in <c>thing/dev7</c>; empty if there is no slash.</summary>
    public string ResourceType => Resource.IndexOf('/') is var slash && slash > 0 ? Resource[..slash] : "";

    /// <summary>What stands behind the first slash of the resource, for example <c>dev7</c> in <c>thing/dev7</c>; all of it if there is no slash.</summary>
    public string ResourceName => Resource[(Resource.IndexOf('/') + 1)..];

    public static Arn? Parse(string? text)
    {
        var parts = text?.Split(':', 6);
        return parts is ["arn", { Length: > 0 } partition, { Length: > 0 } service, var region, var account, { Length: > 0 } resource]
            ? new Arn(partition, service, region, account, resource)
            : null;
    }

    /// <summary>The ARN if it is that of a role: <c>arn:aws:iam::123456789012:role/ota-service</c>, a path before the name included; null otherwise.</summary>
    public static Arn? ParseRole(string? text) => Parse(text) is { Service: "iam", ResourceType: "role", ResourceName.Length: > 0 } role ? role : null;

    /// <summary>An ARN of the iot service, for example <c>Iot("us-east-1", "000000000000", "job/AFR_OTA-rel42")</c>.</summary>
    public static Arn Iot(string region, string account, string resource) => new("aws", "iot", region, account, resource);

    public override string ToString() => $"arn:{Partition}:{Service}:{Region}:{Account}:{Resource}";
}
