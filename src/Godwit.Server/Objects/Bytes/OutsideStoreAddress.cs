using System.Diagnostics.CodeAnalysis;

namespace Godwit.Server.Objects.Bytes;

/// <summary>Where an outside store is: <c>https://ID:SECRET@host[:port]/bucket[/prefix][?region=NAME]</c>.</summary>
/// <param name="Base">Scheme, host and port.</param>
/// <param name="Prefix">What stands before each name, ending with a slash; empty for none.</param>
public sealed record OutsideStoreAddress(Uri Base, string Bucket, string Prefix, string Region, string AccessKeyId, string Secret)
{
    public const string Form = "https://ID:SECRET@host[:port]/bucket[/prefix][?region=eu-west-1]";

    public static bool TryParse(string text, [NotNullWhen(true)] out OutsideStoreAddress? address)
    {
        address = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Split(':', 2) is not [{ Length: > 0 } id, { Length: > 0 } secret])
            return false;
        var path = Uri.UnescapeDataString(url.AbsolutePath).Trim('/').Split('/', 2);
        if (path[0].Length == 0)
            return false;
        var region = url.Query.Length == 0 ? "us-east-1" : url.Query.StartsWith("?region=", StringComparison.Ordinal) ? url.Query["?region=".Length..] : "";
        if (region.Length == 0)
            return false;
        address = new OutsideStoreAddress(
            new Uri(url.GetLeftPart(UriPartial.Scheme) + url.Authority), path[0], path.Length > 1 ? path[1] + "/" : "", region, Uri.UnescapeDataString(id), Uri.UnescapeDataString(secret));
        return true;
    }

    // Records print their members, and a secret must never reach a log.
    public override string ToString() => $"{Base}{Bucket}/{Prefix}";
}
