using System.Net;

namespace Godwit.Server.Http;

/// <summary>What policies may ask of a request itself. AWS: IAM > Global condition context keys > Properties of the request, of the network.</summary>
internal static class RequestFacts
{
    /// <summary>What does not leave the machine cannot be read on the way: neither at a desk nor behind a proxy that ends TLS here.</summary>
    private static bool IsSecure(Exchange exchange) =>
        exchange.Context.Request.IsHttps || (exchange.Context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address));

    public static IReadOnlyList<KeyValuePair<string, string>> Of(Exchange exchange, string region)
    {
        var facts = new List<KeyValuePair<string, string>>
        {
            new("aws:SecureTransport", IsSecure(exchange) ? "true" : "false"),
            new("aws:RequestedRegion", region),
        };
        if (exchange.Context.Connection.RemoteIpAddress is { } address)
            facts.Add(new("aws:SourceIp", (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()));
        foreach (var (header, fact) in (ReadOnlySpan<(string, string)>)[("user-agent", "aws:UserAgent"), ("referer", "aws:Referer")])
        {
            if (exchange.Request.Header(header) is { } value)
                facts.Add(new(fact, value));
        }

        return facts;
    }
}
