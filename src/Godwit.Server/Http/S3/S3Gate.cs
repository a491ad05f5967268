using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Objects;
using Godwit.Server.Objects.S3;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.Server.Http.S3;

/// <summary>
/// Turns an authenticated HTTP request into an <see cref="S3Request"/>: bucket and key, query and headers without what belongs to the signature,
/// and a body that checks itself while it is read.
/// </summary>
public sealed class S3Gate(ServerOptions options, Endpoints endpoints, S3Access access, IS3Door? door, S3Pages pages)
{
    /// <summary>AWS: one PUT holds at most 5 GiB.</summary>
    private const long ContentBytesMax = 5L * 1024 * 1024 * 1024;

    private static readonly HashSet<string> AuthParameters = new(StringComparer.OrdinalIgnoreCase)
    {
        "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Content-Sha256",
    };

    internal async Task<ServiceError?> Serve(Exchange exchange, Signed signed)
    {
        if (door is null)
            return new ServiceError("NotImplemented", 501, "S3 is not served by this installation.");
        var request = exchange.Request;
        // A label of metrics: a method that S3 does not know must not become one.
        exchange.Operation = request.Method is "GET" or "HEAD" or "PUT" or "POST" or "DELETE" ? $"s3.{request.Method}" : "s3.other";
        if (S3Address.Parse(request.RawPath, request.Header("host") ?? "", BaseHosts(options, endpoints)) is not { } address || PercentText.Query(request.RawQuery) is not { } query)
            return new ServiceError("InvalidURI", 400, "Couldn't parse the specified URI: it is not percent-encoded UTF-8.");
        if (address.Key.Contains('\0') || query.Any(pair => pair.Value.Contains('\0')))
            return new ServiceError("InvalidURI", 400, "Couldn't parse the specified URI: it holds U+0000, which cannot be kept.");

        var trailers = new Dictionary<string, string>(StringComparer.Ordinal);
        var content = OpenBody(exchange, signed, trailers);
        if (!content.IsOk)
            return content.Error;
        await using var body = content.Value.Body;
        var s3 = new S3Request
        {
            Caller = Inside(signed, request.Method, address, query),
            SourceAccount = access.DoorFor(signed.Key, Source(request))?.Account ?? signed.Caller.Account,
            Forbids = access.Forbids(exchange, signed.Key, signed.Caller.Region, address.Bucket, Source(request)),
            RequestId = exchange.RequestId,
            Method = request.Method,
            Bucket = address.Bucket,
            Key = address.Key,
            RawPath = request.RawPath,
            Query = signed.Claim.IsPresigned ? [.. query.Where(pair => !AuthParameters.Contains(pair.Key))] : query,
            Headers = WithoutChunking(request.Headers),
            Body = body,
            ContentBytes = content.Value.Bytes,
            Trailers = trailers,
            IsPresigned = signed.Claim.IsPresigned,
        };
        await pages.Allow(exchange, address.Bucket);
        return await door.Handle(s3, new HttpS3Response(exchange.Context.Response), exchange.Aborted);
    }

    /// <summary>Whether a request without a signature is to a bucket that is open to everybody. All others are answered alike, so that nobody learns which there are.</summary>
    internal bool ServesAnonymous(Exchange exchange)
    {
        if (door is null || !(HttpMethods.IsGet(exchange.Request.Method) || HttpMethods.IsHead(exchange.Request.Method)) || !exchange.Request.RawPath.StartsWith('/'))
            return false;
        var address = S3Address.Parse(exchange.Request.RawPath, exchange.Request.Header("host") ?? "", BaseHosts(options, endpoints));
        return access.DoorFor(null, address?.Bucket) is { IsOpen: true };
    }

    /// <summary>Answers somebody without a signature, who may only read.</summary>
    internal async Task<ServiceError?> ServeAnonymous(Exchange exchange)
    {
        var request = exchange.Request;
        exchange.Operation = $"s3.{request.Method}";
        var address = S3Address.Parse(request.RawPath, request.Header("host") ?? "", BaseHosts(options, endpoints))!.Value;
        if (PercentText.Query(request.RawQuery) is not { } query || address.Key.Contains('\0') || query.Any(pair => pair.Value.Contains('\0')))
            return new ServiceError("InvalidURI", 400, "Couldn't parse the specified URI: it is not percent-encoded UTF-8.");
        if (query.Any(pair => pair.Key.StartsWith("response-", StringComparison.OrdinalIgnoreCase)))
            return new ServiceError("InvalidRequest", 400, "Request specific response headers cannot be used for anonymous GET requests.");
        var bucket = address.Bucket!;
        if (access.DoorFor(null, bucket) is not { } open)
            return new ServiceError("AccessDenied", 403, "Access Denied");
        var s3 = new S3Request
        {
            Caller = new Caller(open.Account, options.DefaultRegion, "arn:aws:iam::anonymous", ""),
            Forbids = access.Forbids(exchange, null, options.DefaultRegion, bucket),
            RequestId = exchange.RequestId,
            Method = request.Method,
            Bucket = bucket,
            Key = address.Key,
            RawPath = request.RawPath,
            Query = query,
            Headers = request.Headers,
            Body = Stream.Null,
            ContentBytes = 0,
            Trailers = new Dictionary<string, string>(),
            IsPresigned = false,
        };
        await pages.Allow(exchange, bucket);
        return await door!.Handle(s3, new HttpS3Response(exchange.Context.Response), exchange.Aborted);
    }

    /// <summary>The bucket that a copy comes from.</summary>
    private static string? Source(SigV4Request request)
    {
        if (request.Header("x-amz-copy-source") is not { } source)
            return null;
        var path = source.StartsWith('/') ? source[1..] : source;
        return path.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? Uri.UnescapeDataString(path[..slash]) : null;
    }

    /// <summary>A caller whom another account's bucket has let in acts in that account, under the caller's own name; whether it is let in is asked before anything is done.</summary>
    private Caller Inside(Signed signed, string method, S3Address address, IReadOnlyList<KeyValuePair<string, string>> query)
    {
        var createsBucket = method == "PUT" && address.Key.Length == 0 && query.Count == 0;
        return !createsBucket && access.DoorFor(signed.Key, address.Bucket) is { } door && door.Account != signed.Caller.Account ? signed.Caller with { Account = door.Account } : signed.Caller;
    }

    /// <summary>Names of this server: what stands before one of them in a host is a bucket.</summary>
    internal static IEnumerable<string> BaseHosts(ServerOptions options, Endpoints endpoints) => options.Hosts.Append(endpoints.Host).Append("localhost");

    private static Result<(Stream Body, long? Bytes)> OpenBody(Exchange exchange, Signed signed, Dictionary<string, string> trailers)
    {
        var http = exchange.Context.Request;
        var declared = signed.Claim.DeclaredPayload;
        if (SigV4Payload.IsStreaming(declared))
        {
            if (!long.TryParse(exchange.Request.Header("x-amz-decoded-content-length"), NumberStyles.None, CultureInfo.InvariantCulture, out var decoded))
                return new ServiceError("MissingContentLength", 411, "You must provide the x-amz-decoded-content-length HTTP header.");
            if (decoded > ContentBytesMax)
                return S3BodyErrors.TooLarge(decoded, ContentBytesMax);
            return (new AwsChunkedStream(http.BodyReader, signed, decoded, trailers), decoded);
        }

        if (http.ContentLength > ContentBytesMax)
            return S3BodyErrors.TooLarge(http.ContentLength.Value, ContentBytesMax);
        if (exchange.Context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            return declared is SigV4Payload.Unsigned or SigV4Payload.EmptyHash ? (Stream.Null, 0) : S3BodyErrors.HashDiffers;
        if (http.ContentLength is null)
            return new ServiceError("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");
        return (declared == SigV4Payload.Unsigned ? http.Body : new HashedStream(http.Body, declared!), http.ContentLength);
    }

    /// <summary>Chunking is of the transfer; the object must not remember it.</summary>
    private static IReadOnlyList<KeyValuePair<string, string>> WithoutChunking(IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        if (!headers.Any(IsChunked))
            return headers;
        var rest = new List<KeyValuePair<string, string>>(headers.Count);
        foreach (var header in headers)
        {
            var left = IsChunked(header)
                ? string.Join(',', header.Value.Split(',', StringSplitOptions.TrimEntries).Where(c => !c.Equals("aws-chunked", StringComparison.OrdinalIgnoreCase)))
                : header.Value;
            if (left.Length > 0 || !IsChunked(header))
                rest.Add(new(header.Key, left));
        }

        return rest;
    }

    private static bool IsChunked(KeyValuePair<string, string> header) =>
        header.Key.Equals("content-encoding", StringComparison.OrdinalIgnoreCase) && header.Value.Contains("aws-chunked", StringComparison.OrdinalIgnoreCase);
}
