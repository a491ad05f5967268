namespace Godwit.Core.Access;

/// <summary>The signing side: what an SDK does before it sends, used to make presigned URLs and by our own clients.</summary>
public sealed record SigV4Signer(string AccessKeyId, string Secret, string Region, string Service)
{
    /// <summary>The value of the <c>Authorization</c> header. Host, <c>x-amz-*</c>, content-type and content-md5 are signed as they stand in the request.</summary>
    /// <param name="request">With its <c>Host</c> and <c>x-amz-date</c> headers; S3 needs <c>x-amz-content-sha256</c> too.</param>
    public string Authorization(SigV4Request request, string payloadHash)
    {
        var timestamp = request.Header("x-amz-date") ?? throw new ArgumentException("The request has no x-amz-date header.", nameof(request));
        var scope = new SigV4Scope(timestamp[..8], Region, Service);
        var signed = SignedHeaders(request);
        var signature = Sign(request, scope, timestamp, signed, payloadHash);
        return $"{SigV4Claim.Algorithm} Credential={AccessKeyId}/{scope}, SignedHeaders={string.Join(';', signed)}, Signature={signature}";
    }

    /// <summary>The request with <c>x-amz-date</c>, <c>x-amz-content-sha256</c> (for S3) and <c>Authorization</c> added.</summary>
    public SigV4Request Sign(SigV4Request request, string payloadHash, DateTimeOffset now)
    {
        var headers = request.Headers.ToList();
        headers.Add(new("x-amz-date", SigV4Scope.Timestamp(now)));
        if (Service == "s3")
            headers.Add(new("x-amz-content-sha256", payloadHash));
        var dated = request with { Headers = headers };
        headers.Add(new("Authorization", Authorization(dated, payloadHash)));
        return dated;
    }

    /// <summary>The query of a presigned URL, without its question mark. The body stays outside the signature for S3 and is taken as empty elsewhere.</summary>
    /// <param name="request">Its headers are the ones that whoever uses the URL must send; Host alone for a download.</param>
    public string Presign(SigV4Request request, DateTimeOffset now, TimeSpan expires)
    {
        var timestamp = SigV4Scope.Timestamp(now);
        var scope = SigV4Scope.At(now, Region, Service);
        var signed = SignedHeaders(request);
        var credential = SigV4Canonical.Encode($"{AccessKeyId}/{scope}", keepSlash: false);
        var query = $"{request.RawQuery}{(request.RawQuery.Length > 0 ? "&" : "")}X-Amz-Algorithm={SigV4Claim.Algorithm}&X-Amz-Credential={credential}"
            + $"&X-Amz-Date={timestamp}&X-Amz-Expires={expires.TotalSeconds:0}&X-Amz-SignedHeaders={string.Join("%3B", signed)}";
        var payload = Service == "s3" ? SigV4Payload.Unsigned : SigV4Payload.EmptyHash;
        return $"{query}&X-Amz-Signature={Sign(request with { RawQuery = query }, scope, timestamp, signed, payload)}";
    }

    private string Sign(SigV4Request request, SigV4Scope scope, string timestamp, IReadOnlyList<string> signed, string payloadHash) =>
        SigV4.Signature(
            SigV4.SigningKey(Secret, scope),
            SigV4.StringToSign(timestamp, scope, SigV4Canonical.Request(request, Service, signed, payloadHash)));

    private static string[] SignedHeaders(SigV4Request request) =>
        [.. request.Headers
            .Select(line => line.Key.ToLowerInvariant())
            .Where(name => name is "host" or "content-type" or "content-md5" || name.StartsWith("x-amz-", StringComparison.Ordinal))
            .Distinct()
            .Order(StringComparer.Ordinal)];
}
