namespace Godwit.Core.Access;

/// <summary>The parts of an HTTP request that a signature covers, exactly as they stood on the wire.</summary>
/// <param name="RawPath">Before the question mark, percent-encoding untouched.</param>
/// <param name="RawQuery">Behind the question mark, percent-encoding untouched; empty if there is none.</param>
/// <param name="Headers">In order of arrival; a repeated header is repeated here. Host is among them.</param>
public sealed record SigV4Request(string Method, string RawPath, string RawQuery, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    /// <summary>The one value of a header; null if it is absent or stands there more than once.</summary>
    public string? Header(string name)
    {
        string? found = null;
        foreach (var (key, value) in Headers)
        {
            if (!key.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            if (found is not null)
                return null;
            found = value;
        }

        return found;
    }

    public int Count(string header) => Headers.Count(line => line.Key.Equals(header, StringComparison.OrdinalIgnoreCase));
}
