using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Godwit.Pages.Hosting;

/// <summary>The console's own style, scripts and pictures, from the assembly. A link carries the content's hash, so browsers keep files for good.</summary>
public sealed class Assets
{
    private const string Folder = "wwwroot/";

    private static readonly Dictionary<string, string> Types = new()
    {
        [".css"] = "text/css; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".svg"] = "image/svg+xml",
    };

    private readonly FrozenDictionary<string, Asset> _all = Load();

    /// <summary>The address of a file, new whenever its content is.</summary>
    public string Link(string name) => $"{ConsoleAddOn.Root}/assets/{name}?v={_all[name].Hash}";

    internal async Task Send(HttpContext context, string name)
    {
        var response = context.Response;
        if (!_all.TryGetValue(name, out var asset))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        response.Headers.ETag = asset.ETag;
        // Modules import each other without the hash: those are asked for again and cost an empty answer.
        response.Headers.CacheControl = context.Request.Query["v"] == asset.Hash ? "public, max-age=31536000, immutable" : "no-cache";
        if (context.Request.Headers.IfNoneMatch.ToString() == asset.ETag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = asset.ContentType;
        response.ContentLength = asset.Content.Length;
        await response.Body.WriteAsync(asset.Content, context.RequestAborted);
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = typeof(Assets).Assembly;
        var all = new Dictionary<string, Asset>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)))
        {
            using var source = assembly.GetManifestResourceStream(resource)!;
            var content = new byte[source.Length];
            source.ReadExactly(content);
            var hash = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8));
            all[resource[Folder.Length..]] = new Asset(Types[Path.GetExtension(resource)], content, hash, $"\"{hash}\"");
        }
        return all.ToFrozenDictionary();
    }

    private sealed record Asset(string ContentType, byte[] Content, string Hash, string ETag);
}
