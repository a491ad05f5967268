using System.Xml.Linq;
using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Objects.S3;

/// <summary>The CORS rules of a bucket: which pages of other origins may do what. AWS: S3 > Elements of a CORS configuration.</summary>
public static class CorsRules
{
    private const int RulesMax = 100;

    private static readonly string[] Methods = ["GET", "PUT", "POST", "DELETE", "HEAD"];

    internal static ServiceError? Refuse(XElement configuration)
    {
        var rules = configuration.Children("CORSRule").ToList();
        if (rules.Count is 0 or > RulesMax || rules.Exists(rule => !rule.Children("AllowedMethod").Any() || !rule.Children("AllowedOrigin").Any()))
            return S3Errors.MalformedXml;
        foreach (var rule in rules)
        {
            if (rule.Children("AllowedMethod").Select(method => method.Value).FirstOrDefault(method => !Methods.Contains(method)) is { } unknown)
                return S3Errors.InvalidRequest($"Found unsupported HTTP method in CORS config. Unsupported method is {unknown}");
            if (rule.Children("AllowedOrigin").Concat(rule.Children("AllowedHeader")).Select(item => item.Value).FirstOrDefault(value => value.Count(c => c == '*') > 1) is { } many)
                return S3Errors.InvalidRequest($"AllowedOrigin or AllowedHeader \"{many}\" can not have more than one wildcard.");
        }

        return null;
    }

    /// <summary>The headers that answer a page of <paramref name="origin"/>; null if no rule lets it.</summary>
    /// <param name="headers">What the page wants to send; empty for a request that is already under way.</param>
    public static IReadOnlyList<KeyValuePair<string, string>>? Answer(string configuration, string origin, string method, IReadOnlyList<string> headers)
    {
        foreach (var rule in XElement.Parse(configuration).Children("CORSRule"))
        {
            var origins = rule.Children("AllowedOrigin").Select(item => item.Value).ToList();
            if (!rule.Children("AllowedMethod").Any(item => item.Value == method) || !origins.Exists(allowed => Matches(allowed, origin))
                || !headers.All(header => rule.Children("AllowedHeader").Any(allowed => Matches(allowed.Value.ToLowerInvariant(), header.ToLowerInvariant()))))
                continue;
            return Headers(rule, origins.Contains("*") ? "*" : origin, headers);
        }

        return null;
    }

    private static List<KeyValuePair<string, string>> Headers(XElement rule, string origin, IReadOnlyList<string> headers)
    {
        var answer = new List<KeyValuePair<string, string>>
        {
            new("Access-Control-Allow-Origin", origin),
            new("Access-Control-Allow-Methods", string.Join(", ", rule.Children("AllowedMethod").Select(item => item.Value))),
            new("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"),
        };
        if (headers.Count > 0)
            answer.Add(new("Access-Control-Allow-Headers", string.Join(", ", headers)));
        if (rule.Children("ExposeHeader").Select(item => item.Value).ToList() is { Count: > 0 } exposed)
            answer.Add(new("Access-Control-Expose-Headers", string.Join(", ", exposed)));
        if (rule.Text("MaxAgeSeconds") is { } age)
            answer.Add(new("Access-Control-Max-Age", age));
        if (origin != "*")
            answer.Add(new("Access-Control-Allow-Credentials", "true"));
        return answer;
    }

    private static bool Matches(string allowed, string actual) => PolicyGlob.Of(allowed.Replace("?", "", StringComparison.Ordinal)).IsMatch(actual);
}
