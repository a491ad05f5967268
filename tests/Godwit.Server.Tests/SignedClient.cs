using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Godwit.Core.Access;

namespace Godwit.Server.Tests;

/// <summary>A client of one service, signing as SDKs do. Paths are sent as given: write percent-encoding yourself.</summary>
public sealed class SignedClient(Uri address, PresetAccessKey key, string service, TimeProvider time, string region = "us-east-1") : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });

    public Task<Answer> Get(string path) => Send("GET", path);

    public Task<Answer> Send(string method, string path, string json) =>
        Send(method, path, Encoding.UTF8.GetBytes(json), [new("Content-Type", "application/json")]);

    public async Task<Answer> Send(string method, string path, byte[]? body = null, IEnumerable<KeyValuePair<string, string>>? headers = null) =>
        await Answer.Read(await SendRequest(Sign(method, path, body, headers), body));

    /// <summary>The signed request, for tests that change it afterwards.</summary>
    public SigV4Request Sign(string method, string path, byte[]? body = null, IEnumerable<KeyValuePair<string, string>>? headers = null)
    {
        var question = path.IndexOf('?', StringComparison.Ordinal);
        var request = new SigV4Request(
            method, question < 0 ? path : path[..question], question < 0 ? "" : path[(question + 1)..],
            [new("Host", address.Authority), .. headers ?? []]);
        return new SigV4Signer(key.Id, key.Secret, region, service).Sign(request, SigV4.Hash(body ?? []), time.GetUtcNow());
    }

    /// <summary>Sends a request as it is.</summary>
    public Task<HttpResponseMessage> SendRequest(SigV4Request request, byte[]? body)
    {
        // Kept as written: the default would fold dot segments and decode what needs no encoding.
        var uri = new Uri(
            $"http://{address.Authority}{request.RawPath}{(request.RawQuery.Length > 0 ? "?" : "")}{request.RawQuery}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(request.Method), uri);
        if (body is not null)
            message.Content = new ByteArrayContent(body);
        foreach (var (name, value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
                (message.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, value);
        }

        return _http.SendAsync(message, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>An answer, read to its end.</summary>
public sealed record Answer(int Status, HttpResponseHeaders Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The exception of a restJson1 service, or null.</summary>
    public string? Exception => Headers.TryGetValues("x-amzn-ErrorType", out var names) ? names.Single() : null;

    /// <summary>The message of a restJson1 service's exception.</summary>
    public string Message => Json.GetProperty("message").GetString()!;

    public static async Task<Answer> Read(HttpResponseMessage response) =>
        new((int)response.StatusCode, response.Headers, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
}
