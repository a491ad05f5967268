using System.Net;

namespace Godwit.Core.Webhooks;

/// <summary>
/// Where webhooks may go. Whoever may create one would otherwise reach what only this machine reaches: metadata services, databases, other tenants'
/// consoles. Addresses that are not public are refused unless the operator named them.
/// </summary>
public sealed class WebhookTarget(IReadOnlyList<string> allowed)
{
    /// <summary>Networks that are not the Internet's.</summary>
    private static readonly IPNetwork[] Inner =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
            "::/128", "::1/128", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    private readonly IPNetwork[] _networks = [.. allowed.Select(text => IPNetwork.TryParse(text, out var network) ? network : IPAddress.TryParse(text, out var one) ? new IPNetwork(one, 8 * one.GetAddressBytes().Length) : (IPNetwork?)null).OfType<IPNetwork>()];

    /// <summary>Why a URL cannot be a webhook's, or null. Its host is judged when it is connected to, since names change what they stand for.</summary>
    public string? Refuse(string url)
    {
        if (url.Length > 2048 || !Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("https" or "http"))
            return "url must be an http(s) URL of at most 2048 characters.";
        if (parsed.UserInfo.Length > 0 || parsed.Fragment.Length > 0)
            return "url must hold neither a user nor a fragment; deliveries are signed by the secret.";
        if (parsed.Scheme == "http" && !IsNamed(parsed.Host))
            return $"url must be https, unless the setting WebhookTargets names {parsed.Host}.";
        return IPAddress.TryParse(parsed.Host.Trim('[', ']'), out var address) && !Allows(parsed.Host, address)
            ? $"{parsed.Host} is no public address; the setting WebhookTargets can allow it."
            : null;
    }

    /// <summary>Whether a host that was resolved to this address may be connected to.</summary>
    public bool Allows(string host, IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return IsNamed(host) || _networks.Any(network => network.Contains(address)) || !Inner.Any(network => network.Contains(address));
    }

    private bool IsNamed(string host) => allowed.Contains(host.Trim('[', ']'), StringComparer.OrdinalIgnoreCase);
}
