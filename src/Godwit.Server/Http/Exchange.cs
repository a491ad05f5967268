using System.Buffers;
using Godwit.Core.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.Server.Http;

/// <summary>One request and its answer, as they stand on the wire, with what the log and the metrics will say of it.</summary>
public sealed class Exchange
{
    public Exchange(HttpContext context, string requestId)
    {
        (Context, RequestId) = (context, requestId);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var headers = new List<KeyValuePair<string, string>>(context.Request.Headers.Count);
        foreach (var (name, values) in context.Request.Headers)
        {
            foreach (var value in values)
                headers.Add(new(name, value ?? ""));
        }

        Request = new SigV4Request(
            context.Request.Method, question < 0 ? target : target[..question], question < 0 ? "" : target[(question + 1)..], headers);
    }

    public HttpContext Context { get; }

    public string RequestId { get; }

    /// <summary>Method, raw path, raw query and headers.</summary>
    public SigV4Request Request { get; }

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>Service and operation once they are known, for example <c>iot.CreateJob</c>.</summary>
    public string Operation { get; set; } = "-";

    /// <summary>The exception that was answered, or null.</summary>
    public string? Refusal { get; set; }

    public string Account { get; set; } = "-";

    /// <summary>Reads the whole body, or null if it is longer than <paramref name="bytesMax"/>; of such a body no more than that is read.</summary>
    public async ValueTask<byte[]?> ReadBody(int bytesMax)
    {
        if (Context.Request.ContentLength > bytesMax)
            return null;
        if (Context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            return [];
        var reader = Context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(Aborted);
            if (read.Buffer.Length > bytesMax)
                return null;
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Sends a whole answer at once.</summary>
    public Task Send(int status, string? contentType, ReadOnlyMemory<byte> body)
    {
        var response = Context.Response;
        response.StatusCode = status;
        response.ContentLength = body.Length;
        if (contentType is not null && body.Length > 0)
            response.ContentType = contentType;
        return body.IsEmpty || HttpMethods.IsHead(Context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, Aborted).AsTask();
    }
}
