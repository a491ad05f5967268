using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Godwit.Server.Access;

/// <summary>
/// Temporary keys. Their token carries the whole session, sealed under the service's key and bound to the key's id: nothing need be kept or looked up,
/// and a session outlives a restart.
/// </summary>
public sealed class SessionKeys(AccessKeys keys)
{
    public const string IdPrefix = "ASIA";

    /// <summary>Longer than any token that <see cref="Issue"/> makes; a longer one is not even opened.</summary>
    private const int TokenLengthMax = 16 * 1024;

    /// <param name="arn">Who signs with it.</param>
    /// <param name="userName">The user whose session it is, if any.</param>
    public (AccessKey Key, string Token) Issue(string account, string arn, string? userName, SessionFacts facts)
    {
        var key = keys.New(account, arn, IdPrefix) with { UserName = userName, Session = facts };
        var sealedText = keys.Seal.Seal(JsonSerializer.Serialize(new Content(key.Secret, account, arn, userName, facts)), Context(key.Id));
        return (key, Base64Url.EncodeToString(sealedText));
    }

    /// <summary>Null where the token was not made here for this key.</summary>
    public AccessKey? Open(string id, string token)
    {
        if (!id.StartsWith(IdPrefix, StringComparison.Ordinal) || token.Length > TokenLengthMax || !Base64Url.IsValid(token))
            return null;
        try
        {
            var content = JsonSerializer.Deserialize<Content>(keys.Seal.Unseal(Base64Url.DecodeFromChars(token), Context(id)))!;
            return new AccessKey(id, content.Secret, content.Account, content.Arn) { UserName = content.UserName, Session = content.Facts };
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string Context(string id) => $"session/{id}";

    private sealed record Content(string Secret, string Account, string Arn, string? UserName, SessionFacts Facts);
}
