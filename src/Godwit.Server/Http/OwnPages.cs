using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Godwit.Server.Hosting;
using Godwit.Server.Tls;

namespace Godwit.Server.Http;

/// <summary>
/// Pages for requests that carry no signature, so that no bucket's or thing's name collides with them. Exact paths only; GET and HEAD.
/// </summary>
public sealed class OwnPages
{
    private readonly ConcurrentDictionary<string, Func<OwnPage>> _pages = new(StringComparer.Ordinal);

    public OwnPages(DataDirectory data, ServerOptions options, Readiness readiness)
    {
        Add("/health/live", () => OwnPage.Text(200, "live"));
        Add("/health/ready", () => readiness.IsReady ? OwnPage.Text(200, "ready") : OwnPage.Text(503, "starting"));
        // Scripts written for a well-known emulator wait for this page.
        Add("/_localstack/health", () => OwnPage.Json(
            readiness.IsReady ? 200 : 503, """{"services":{"iot":"running","iotdata":"running","s3":"running","signer":"running","sts":"running"},"edition":"godwit"}"""));
        var ca = options.TlsKey.CaFile(data.TlsFolder);
        Add("/ca.pem", () => File.Exists(ca)
            ? new OwnPage(200, "application/x-pem-file", File.ReadAllBytes(ca))
            : OwnPage.Text(404, "This server has no CA yet."));
    }

    public void Add(string path, Func<OwnPage> page) => _pages[path] = page;

    public bool TryFind(string path, [MaybeNullWhen(false)] out Func<OwnPage> page) => _pages.TryGetValue(path, out page);
}

/// <summary>A small page, made anew for each request.</summary>
public readonly record struct OwnPage(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    public static OwnPage Text(int status, string text) => new(status, "text/plain", Encoding.UTF8.GetBytes(text + "\n"));

    public static OwnPage Json(int status, string json) => new(status, "application/json", Encoding.UTF8.GetBytes(json));
}
