using Godwit.Server.Objects.S3;
using Microsoft.AspNetCore.Http;

namespace Godwit.Server.Http.S3;

/// <summary>An S3 answer on its way to an HTTP client.</summary>
internal sealed class HttpS3Response(HttpResponse response) : S3Response
{
    public override int Status
    {
        get => response.StatusCode;
        set => response.StatusCode = value;
    }

    public override long? ContentBytes
    {
        get => response.ContentLength;
        set => response.ContentLength = value;
    }

    public override Stream Body => response.Body;

    public override void SetHeader(string name, string value) => response.Headers[name] = value;

    public override Task SendFile(string path, long offset, long count, CancellationToken ct) => response.SendFileAsync(path, offset, count, ct);
}
