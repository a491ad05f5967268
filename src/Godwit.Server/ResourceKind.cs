using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server;

/// <summary>A kind of iot resource, as its ARN names it (<c>thinggroup</c>, <c>job</c>); each slice registers its own, so that tags and attachments can ask whether a resource is there.</summary>
/// <param name="Type">What stands before the first slash of the ARN's resource.</param>
/// <param name="Taggable">AWS: things and certificates carry no tags.</param>
/// <param name="Exists">Whether the account has a resource of this name.</param>
public sealed record ResourceKind(string Type, bool Taggable, Func<ReadSession, string, string, bool> Exists);

/// <summary>All kinds of iot resources that are served.</summary>
public sealed class ResourceDirectory(IEnumerable<ResourceKind> kinds)
{
    private readonly Dictionary<string, ResourceKind> _kinds = kinds.ToDictionary(kind => kind.Type);

    /// <summary>The kind of an iot ARN, or null where its type is unknown here.</summary>
    public ResourceKind? KindOf(Arn arn) => arn.Service == "iot" ? _kinds.GetValueOrDefault(arn.ResourceType) : null;

    /// <summary>Whether the account has this resource. An ARN of another account is never there.</summary>
    public bool Exists(ReadSession session, string account, Arn arn) =>
        arn.Account == account && KindOf(arn) is { } kind && kind.Exists(session, account, arn.ResourceName);
}
