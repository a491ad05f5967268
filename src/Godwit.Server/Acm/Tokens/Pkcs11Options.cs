namespace Godwit.Server.Acm.Tokens;

/// <summary>The token that holds signing keys.</summary>
public sealed record Pkcs11Options
{
    /// <summary>The module's shared library.</summary>
    public required string Module { get; init; }

    /// <summary>The token's label.</summary>
    public required string Token { get; init; }

    /// <summary>The file with the user's PIN, read whenever a session is opened.</summary>
    public string? PinFile { get; init; }

    /// <summary>The PIN itself, where no file is named.</summary>
    public string? Pin { get; init; }

    /// <summary>The account whose certificates may name keys of the token: a token knows nothing of accounts, and a certificate is public.</summary>
    public required string Account { get; init; }

    // Records print their members, and a PIN must never reach a log.
    public override string ToString() => $"{Module}, token {Token}, account {Account}";
}
