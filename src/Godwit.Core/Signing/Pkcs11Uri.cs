using System.Globalization;
using System.Text;

namespace Godwit.Core.Signing;

/// <summary>Which private key of a PKCS #11 token is meant: <c>pkcs11:token=fleet;object=signer;id=%01</c>. RFC 7512, of which only what names a key is taken.</summary>
/// <param name="Token">The token's label (CK_TOKEN_INFO.label); null for the one of the settings.</param>
/// <param name="Label">The key's label (CKA_LABEL).</param>
/// <param name="Id">The key's id (CKA_ID).</param>
public sealed record Pkcs11Uri(string? Token, string? Label, byte[]? Id)
{
    public const string Scheme = "pkcs11:";

    /// <summary>RFC 7512 sets none; tokens' own labels are shorter by far.</summary>
    private const int LengthMax = 1024;

    /// <summary>Reads a URI; a refusal names the attribute and the remedy.</summary>
    public static Result<Pkcs11Uri> Read(string text)
    {
        if (text.Length > LengthMax || !text.StartsWith(Scheme, StringComparison.Ordinal))
            return SigningErrors.Validation($"A key in a token is named by a URI of at most {LengthMax} characters such as {Scheme}token=fleet;object=signer.");
        if (text.Contains('?', StringComparison.Ordinal))
            return SigningErrors.Validation("The PKCS #11 URI has a query. Module and PIN are settings of the service (Pkcs11Module, Pkcs11PinFile) and are not taken from a URI: leave out '?' and what follows.");
        var (uri, seen) = (new Pkcs11Uri(null, null, null), new HashSet<string>());
        foreach (var attribute in text[Scheme.Length..].Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = attribute.Split('=');
            if (parts is not [{ Length: > 0 } name, { Length: > 0 } value] || !seen.Add(name) || Percent(value) is not { } bytes)
                return SigningErrors.Validation($"'{attribute}' of the PKCS #11 URI is not one name=value in percent-encoding, or is given twice.");
            if (uri.With(name, bytes) is not { } next)
                return SigningErrors.Validation($"'{attribute}' of the PKCS #11 URI is not taken. Name the key by token=, object= and id=; type= may only be private.");
            uri = next;
        }
        return uri is { Label: null, Id: null }
            ? SigningErrors.Validation("The PKCS #11 URI names no key. Add object=LABEL or id=%XX.")
            : uri;
    }

    /// <summary>In the order and the encoding of RFC 7512, so that the same key is always written alike.</summary>
    public override string ToString() => Scheme + string.Join(';', new[]
    {
        Token is null ? null : $"token={Uri.EscapeDataString(Token)}",
        Label is null ? null : $"object={Uri.EscapeDataString(Label)}",
        Id is null ? null : $"id={string.Concat(Id.Select(one => $"%{one:X2}"))}",
    }.Where(part => part is not null));

    public bool Equals(Pkcs11Uri? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private Pkcs11Uri? With(string name, byte[] value) => name switch
    {
        "token" => this with { Token = Encoding.UTF8.GetString(value) },
        "object" => this with { Label = Encoding.UTF8.GetString(value) },
        "id" => this with { Id = value },
        "type" when value.AsSpan().SequenceEqual("private"u8) => this,
        _ => null,
    };

    private static byte[]? Percent(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            // What is not ASCII must be percent-encoded: RFC 3986.
            if (!char.IsAscii(text[at]))
                return null;
            if (text[at] != '%')
            {
                bytes.Add((byte)text[at]);
                continue;
            }
            if (at + 2 >= text.Length || !byte.TryParse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var one))
                return null;
            bytes.Add(one);
            at += 2;
        }
        return [.. bytes];
    }
}
