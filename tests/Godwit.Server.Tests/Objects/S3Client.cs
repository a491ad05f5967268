using System.Text;
using System.Xml.Linq;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Objects.S3;

namespace Godwit.Server.Tests.Objects;

/// <summary>Requests straight to the S3 door of a test server, as the HTTP door hands them over.</summary>
public sealed class S3Client(TestServer server, string account = "000000000000", string region = "us-east-1")
{
    public async Task<S3Answer> Send(
        string method, string? bucket, string key = "", string query = "", byte[]? body = null, params (string Name, string Value)[] headers)
    {
        var answer = new S3Answer();
        var request = new S3Request
        {
            Caller = new Caller(account, region, $"arn:aws:iam::{account}:user/tester", "AKIATEST"),
            RequestId = "4442587FB7D0A2F9",
            Method = method,
            Bucket = bucket,
            Key = key,
            RawPath = $"/{bucket}/{key}",
            Query = [.. query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(Pair)],
            Headers = [.. headers.Where(h => !h.Name.StartsWith("trailer:", StringComparison.Ordinal)).Select(h => KeyValuePair.Create(h.Name, h.Value))],
            Body = new MemoryStream(body ?? []),
            ContentBytes = body?.Length ?? 0,
            Trailers = headers.Where(h => h.Name.StartsWith("trailer:", StringComparison.Ordinal)).ToDictionary(h => h.Name["trailer:".Length..], h => h.Value),
            IsPresigned = false,
        };
        answer.Refusal = await server.Get<IS3Door>().Handle(request, answer.Response, TestContext.Current.CancellationToken);
        return answer;
    }

    public Task<S3Answer> Put(string bucket, string key, string text, params (string, string)[] headers) =>
        Send("PUT", bucket, key, "", Encoding.UTF8.GetBytes(text), headers);

    public Task<S3Answer> Get(string bucket, string key, string query = "", params (string, string)[] headers) => Send("GET", bucket, key, query, null, headers);

    public async Task<S3Client> WithBucket(string bucket, bool versioned = false)
    {
        Assert.Null((await Send("PUT", bucket, body: LocationBody())).Refusal);
        if (versioned)
            Assert.Null((await SetVersioning(bucket, "Enabled")).Refusal);
        return this;
    }

    public Task<S3Answer> SetVersioning(string bucket, string status) => Send(
        "PUT", bucket, query: "versioning",
        body: Encoding.UTF8.GetBytes($"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>{status}</Status></VersioningConfiguration>"));

    private byte[] LocationBody() => region == "us-east-1"
        ? []
        : Encoding.UTF8.GetBytes($"<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>");

    private static KeyValuePair<string, string> Pair(string text)
    {
        var at = text.IndexOf('=');
        return at < 0 ? new(text, "") : new(text[..at], Uri.UnescapeDataString(text[(at + 1)..]));
    }
}

/// <summary>What came back.</summary>
public sealed class S3Answer
{
    private readonly Recorded _response = new();

    public ServiceError? Refusal { get; set; }

    public S3Response Response => _response;

    public int Status => Refusal?.Status ?? _response.Status;

    public string? Code => Refusal?.Code;

    public Dictionary<string, string> Headers => _response.Headers;

    public byte[] Body => ((MemoryStream)_response.Body).ToArray();

    public string Text => Encoding.UTF8.GetString(Body);

    public XElement Xml => XElement.Parse(Text);

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>The texts of all elements of this local name, in order.</summary>
    public List<string> Texts(string element) => [.. Xml.DescendantsAndSelf().Where(e => e.Name.LocalName == element).Select(e => e.Value)];

    public string One(string element) => Assert.Single(Texts(element));

    private sealed class Recorded : S3Response
    {
        public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

        public override int Status { get; set; } = 200;

        public override long? ContentBytes { get; set; }

        public override Stream Body { get; } = new MemoryStream();

        public override void SetHeader(string name, string value) => Headers[name] = value;

        public override Task SendFile(string path, long offset, long count, CancellationToken ct) => throw new NotSupportedException();
    }
}
