namespace Godwit.Server.Http.Binding;

/// <summary>What of an HTTP request carries an operation's members.</summary>
/// <param name="Labels">Members of the URI, decoded.</param>
/// <param name="Query">Decoded, in order.</param>
public sealed record HttpParts(
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyList<KeyValuePair<string, string>> Query,
    Func<string, string?> Header,
    ReadOnlyMemory<byte> Body);
