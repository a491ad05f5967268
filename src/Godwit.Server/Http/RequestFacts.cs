using System.Net;

namespace Godwit.Server.Http;

/// <summary>What policies may ask of a request itself. AWS: IAM > Global condition context keys > Properties of the request, of the network.</summary>
internal static class RequestFacts
{
    public static IReadOnlyList<KeyValuePair<string, string>> Of(Exchange exchange, string region)
    {
        var facts = new List<KeyValuePair<string, string>>
        {
            new("aws:SecureTransport", exchange.Context.Request.IsHttps ? "true" : "false"),
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
