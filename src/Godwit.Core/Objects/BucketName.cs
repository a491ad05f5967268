using System.Buffers;

namespace Godwit.Core.Objects;

/// <summary>AWS: S3 > General purpose bucket naming rules.</summary>
public static class BucketName
{
    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-");
    private static readonly string[] ReservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"];
    private static readonly string[] ReservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

    public static bool IsValid(string name) =>
        name.Length is >= 3 and <= 63
        && !name.AsSpan().ContainsAnyExcept(Allowed)
        && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
        && !name.Contains("..", StringComparison.Ordinal)
        && !IsIpAddress(name)
        && !Array.Exists(ReservedPrefixes, p => name.StartsWith(p, StringComparison.Ordinal))
        && !Array.Exists(ReservedSuffixes, s => name.EndsWith(s, StringComparison.Ordinal));

    private static bool IsIpAddress(string name) =>
        name.Split('.') is { Length: 4 } parts && Array.TrueForAll(parts, p => p.Length is >= 1 and <= 3 && p.All(char.IsAsciiDigit));
}
