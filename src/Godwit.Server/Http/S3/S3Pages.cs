using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Objects;
using Godwit.Server.Objects.S3;
using Microsoft.AspNetCore.Http;

namespace Godwit.Server.Http.S3;

/// <summary>
/// What browsers send to buckets besides signed requests: the question before a request from another origin (CORS), and uploads by a form.
/// </summary>
public sealed class S3Pages(ServerOptions options, Endpoints endpoints, BucketSettings settings, S3FormPost post)
{
    /// <summary>Whether a request without a signature is meant for a bucket.</summary>
    internal static bool Serves(SigV4Request request) => IsQuestion(request) || S3FormPost.IsOne(request);

    internal async Task<ServiceError?> Serve(Exchange exchange)
    {
        var request = exchange.Request;
        if (S3Address.Parse(request.RawPath, request.Header("host") ?? "", S3Gate.BaseHosts(options, endpoints)) is not { Bucket: { Length: > 0 } bucket })
            return new ServiceError("InvalidURI", 400, "Couldn't parse the specified URI: it names no bucket.");
        return IsQuestion(request) ? await Answer(exchange, bucket) : await post.Serve(exchange, bucket);
    }

    /// <summary>The answer's headers for a page of another origin, where the bucket's rules let it read.</summary>
    internal async Task Allow(Exchange exchange, string? bucket)
    {
        if (bucket is null || exchange.Request.Header("origin") is not { Length: > 0 and <= 512 } origin || await settings.FindOfAny(bucket, S3BucketSettings.Cors, exchange.Aborted) is not { Length: > 0 } rules)
            return;
        foreach (var (name, value) in CorsRules.Answer(rules, origin, exchange.Request.Method, []) ?? [])
            exchange.Context.Response.Headers[name] = value;
    }

    private static bool IsQuestion(SigV4Request request) =>
        HttpMethods.IsOptions(request.Method) && request.Header("origin") is not null && request.Header("access-control-request-method") is not null;

    private async Task<ServiceError?> Answer(Exchange exchange, string bucket)
    {
        exchange.Operation = "s3.OPTIONS";
        var rules = await settings.FindOfAny(bucket, S3BucketSettings.Cors, exchange.Aborted);
        if (string.IsNullOrEmpty(rules))
            return new ServiceError("AccessForbidden", 403, "CORSResponse: CORS is not enabled for this bucket.");
        var request = exchange.Request;
        var headers = (request.Header("access-control-request-headers") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (CorsRules.Answer(rules, request.Header("origin")!, request.Header("access-control-request-method")!, headers) is not { } answer)
            return new ServiceError("AccessForbidden", 403, "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.");
        foreach (var (name, value) in answer)
            exchange.Context.Response.Headers[name] = value;
        await exchange.Send(200, null, default);
        return null;
    }
}
