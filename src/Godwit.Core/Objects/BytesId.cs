namespace Godwit.Core.Objects;

/// <summary>The name of an object's bytes: their SHA-256 as 64 lower-case hex digits. Equal bytes have one name and are kept once.</summary>
public readonly record struct BytesId(string Value)
{
    public static BytesId Of(ReadOnlySpan<byte> sha256) => new(Convert.ToHexStringLower(sha256));

    /// <summary>Whether this can be a name at all; whatever else never reaches a file system.</summary>
    public bool IsWellFormed => Value is { Length: 64 } && Value.AsSpan().IndexOfAnyExcept("0123456789abcdef") < 0;

    public override string ToString() => Value;
}
