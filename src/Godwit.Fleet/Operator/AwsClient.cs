using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Core.Access;

namespace Godwit.Fleet.Operator;

/// <summary>A small signed caller of the public API, as an SDK is: nothing in the demo goes around the front door.</summary>
public sealed class AwsClient(Uri endpoint, string accessKeyId, string secret, string region, TimeProvider time, string? sessionToken = null) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = endpoint };

    /// <summary>An operation of a restJson1 service; answers the body, or an empty object where there is none.</summary>
    /// <exception cref="AwsCallException">The service refused.</exception>
    public async Task<JsonObject> Call(string service, HttpMethod method, string path, JsonObject? body, CancellationToken ct)
    {
        var bytes = body is null ? [] : Encoding.UTF8.GetBytes(body.ToJsonString());
        var answer = await Send(service, method, path, bytes, body is null ? null : "application/json", ct);
        return answer.Length == 0 ? [] : JsonNode.Parse(answer)!.AsObject();
    }

    /// <summary>AttachThingPrincipal: the one call whose input lies in a header.</summary>
    public Task CallWithPrincipal(string path, string principalArn, CancellationToken ct) =>
        Send("iot", HttpMethod.Put, path, [], null, ct, KeyValuePair.Create("x-amzn-principal", principalArn));

    /// <summary>A request of the query protocol, as STS and IAM have it; answers its XML.</summary>
    public async Task<string> Form(string service, string form, CancellationToken ct) =>
        Encoding.UTF8.GetString(await Send(service, HttpMethod.Post, "/", Encoding.UTF8.GetBytes(form), "application/x-www-form-urlencoded", ct));

    /// <summary>A request to S3 with a body of bytes.</summary>
    public async Task<string> S3(HttpMethod method, string path, byte[] body, CancellationToken ct) =>
        Encoding.UTF8.GetString(await Send("s3", method, path, body, null, ct));

    /// <summary>An object's bytes.</summary>
    public Task<byte[]> S3Bytes(string path, CancellationToken ct) => Send("s3", HttpMethod.Get, path, [], null, ct);

    /// <summary>An answer that goes on: its body as it comes. Whoever asked disposes of it.</summary>
    /// <exception cref="AwsCallException">The service refused.</exception>
    public async Task<Stream> Open(string service, string path, CancellationToken ct)
    {
        using var message = Signed(service, HttpMethod.Get, path, [], null, []);
        var answer = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ct);
        if (answer.IsSuccessStatusCode)
            return await answer.Content.ReadAsStreamAsync(ct);
        using (answer)
            throw Refusal(answer, $"GET {path}", await answer.Content.ReadAsStringAsync(ct));
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Signed(string service, HttpMethod method, string path, byte[] body, string? contentType, KeyValuePair<string, string>[] more)
    {
        var message = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) };
        if (contentType is not null)
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        foreach (var (name, value) in SignedHeaders(service, method, path, SigV4.Hash(body), more))
            message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private async Task<byte[]> Send(string service, HttpMethod method, string path, byte[] body, string? contentType, CancellationToken ct, params KeyValuePair<string, string>[] more)
    {
        using var message = Signed(service, method, path, body, contentType, more);
        using var answer = await _http.SendAsync(message, ct);
        var bytes = await answer.Content.ReadAsByteArrayAsync(ct);
        return answer.IsSuccessStatusCode
            ? bytes
            : throw Refusal(answer, $"{method} {path}", Encoding.UTF8.GetString(bytes));
    }

    private static AwsCallException Refusal(HttpResponseMessage answer, string call, string body)
    {
        var code = answer.Headers.TryGetValues("x-amzn-ErrorType", out var kind) ? kind.First().Split(':')[0] : null;
        return new AwsCallException($"{call}: {(int)answer.StatusCode} {code} {body}") { Status = (int)answer.StatusCode, Code = code, Reason = MessageOf(body) };
    }

    private static string MessageOf(string body)
    {
        try
        {
            return JsonNode.Parse(body) is JsonObject json && (json["message"] ?? json["Message"]) is { } text ? text.GetValue<string>() : body;
        }
        catch (JsonException)
        {
            return body;
        }
    }

    private IEnumerable<KeyValuePair<string, string>> SignedHeaders(string service, HttpMethod method, string path, string bodyHash, KeyValuePair<string, string>[] more)
    {
        var query = path.IndexOf('?');
        var request = new SigV4Request(
            method.Method,
            query < 0 ? path : path[..query],
            query < 0 ? "" : path[(query + 1)..],
            [new("Host", endpoint.Authority), .. more, .. sessionToken is null ? (KeyValuePair<string, string>[])[] : [new("x-amz-security-token", sessionToken)]]);
        return new SigV4Signer(accessKeyId, secret, region, service).Sign(request, bodyHash, time.GetUtcNow()).Headers;
    }
}

/// <summary>A call that the service refused, with its own words.</summary>
public sealed class AwsCallException(string message) : Exception(message)
{
    /// <summary>The answer's status; 0 where the refusal is not an answer's.</summary>
    public int Status { get; init; }

    /// <summary>The exception's name, for example <c>ResourceNotFoundException</c>.</summary>
    public string? Code { get; init; }

    /// <summary>The service's own words.</summary>
    public string Reason { get; init; } = "";
}
