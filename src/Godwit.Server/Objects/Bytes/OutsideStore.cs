using System.Net;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Godwit.Core.Access;
using Godwit.Core.Objects;

namespace Godwit.Server.Objects.Bytes;

/// <summary>
/// The bucket of an outside store that speaks S3, as little of it as bytes need: put, get, delete, list. Requests are signed with this project's own arithmetic;
/// what can be sent again after a failure is sent again, a few times.
/// </summary>
public sealed class OutsideStore : IDisposable
{
    private const int AttemptsMax = 4;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly OutsideStoreAddress _address;
    private readonly SigV4Signer _signer;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public OutsideStore(OutsideStoreAddress address, TimeProvider time)
    {
        (_address, _time) = (address, time);
        _signer = new SigV4Signer(address.AccessKeyId, address.Secret, address.Region, "s3");
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), MaxConnectionsPerServer = 32 })
        {
            Timeout = TimeSpan.FromMinutes(10),
        };
    }

    /// <summary>Stores a file under its hash; returns once the store has acknowledged it.</summary>
    public async Task Put(BytesId id, string path, CancellationToken ct)
    {
        using var answer = await Send(HttpMethod.Put, Key(id), "", id.Value, () => new StreamContent(File.OpenRead(path)), ct);
        Expect(answer, HttpStatusCode.OK);
    }

    /// <summary>Copies the bytes to <paramref name="target"/>; false if the store has none of this name.</summary>
    public async Task<bool> Get(BytesId id, Stream target, CancellationToken ct)
    {
        using var answer = await Send(HttpMethod.Get, Key(id), "", SigV4Payload.EmptyHash, null, ct);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return false;
        Expect(answer, HttpStatusCode.OK);
        await answer.Content.CopyToAsync(target, ct);
        return true;
    }

    /// <summary>Null if the store has none of this name.</summary>
    public async Task<long?> Size(BytesId id, CancellationToken ct)
    {
        using var answer = await Send(HttpMethod.Head, Key(id), "", SigV4Payload.EmptyHash, null, ct);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        Expect(answer, HttpStatusCode.OK);
        return answer.Content.Headers.ContentLength;
    }

    public async Task Delete(BytesId id, CancellationToken ct)
    {
        using var answer = await Send(HttpMethod.Delete, Key(id), "", SigV4Payload.EmptyHash, null, ct);
        Expect(answer, HttpStatusCode.NoContent, HttpStatusCode.OK, HttpStatusCode.NotFound);
    }

    /// <summary>All names under the prefix that are hashes, page by page.</summary>
    public async IAsyncEnumerable<BytesId> List([EnumeratorCancellation] CancellationToken ct)
    {
        string? after = null;
        do
        {
            var query = $"list-type=2&max-keys=1000&prefix={Uri.EscapeDataString(_address.Prefix)}{(after is null ? "" : $"&start-after={Uri.EscapeDataString(after)}")}";
            using var answer = await Send(HttpMethod.Get, "", query, SigV4Payload.EmptyHash, null, ct);
            Expect(answer, HttpStatusCode.OK);
            var page = XDocument.Parse(await answer.Content.ReadAsStringAsync(ct));
            var keys = page.Descendants().Where(element => element.Name.LocalName == "Key").Select(element => element.Value).ToList();
            foreach (var key in keys)
            {
                if (new BytesId(key[_address.Prefix.Length..]) is { IsWellFormed: true } id)
                    yield return id;
            }

            after = keys.Count > 0 && page.Descendants().Any(element => element.Name.LocalName == "IsTruncated" && element.Value == "true") ? keys[^1] : null;
        }
        while (after is not null);
    }

    public void Dispose() => _http.Dispose();

    private string Key(BytesId id) => _address.Prefix + id.Value;

    private async Task<HttpResponseMessage> Send(HttpMethod method, string key, string query, string payloadHash, Func<HttpContent>? content, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var answer = await _http.SendAsync(Request(method, key, query, payloadHash, content), HttpCompletionOption.ResponseHeadersRead, ct);
                if ((int)answer.StatusCode < 500 || attempt == AttemptsMax)
                    return answer;
                answer.Dispose();
            }
            catch (HttpRequestException failure) when (attempt == AttemptsMax)
            {
                throw Unreachable(failure.Message, failure);
            }
            catch (HttpRequestException)
            {
                // The next attempt follows.
            }

            await Task.Delay(FirstPause * Math.Pow(2, attempt - 1), _time, ct);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string key, string query, string payloadHash, Func<HttpContent>? content)
    {
        var path = $"/{_address.Bucket}{(key.Length > 0 ? "/" : "")}{ObjectKey.Encode(key)}";
        var host = _address.Base.IsDefaultPort ? _address.Base.IdnHost : $"{_address.Base.IdnHost}:{_address.Base.Port}";
        var signed = _signer.Sign(new SigV4Request(method.Method, path, query, [new("Host", host)]), payloadHash, _time.GetUtcNow());
        var message = new HttpRequestMessage(method, new Uri(_address.Base, $"{path}{(query.Length > 0 ? "?" : "")}{query}")) { Content = content?.Invoke() };
        foreach (var (name, value) in signed.Headers)
            message.Headers.TryAddWithoutValidation(name, value);

        return message;
    }

    private void Expect(HttpResponseMessage answer, params ReadOnlySpan<HttpStatusCode> good)
    {
        if (!good.Contains(answer.StatusCode))
            throw Unreachable($"it answered {(int)answer.StatusCode} {answer.ReasonPhrase}", null);
    }

    private IOException Unreachable(string cause, Exception? inner) =>
        new($"The outside store {_address.Base} (bucket {_address.Bucket}) could not do it: {cause}. Look at --s3, the store, and the rights of its key.", inner);
}
