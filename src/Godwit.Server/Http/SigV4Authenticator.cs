using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access;

namespace Godwit.Server.Http;

/// <summary>Believes a request or refuses it, by the arithmetic of <see cref="SigV4"/>; nothing is read from disk.</summary>
public sealed class SigV4Authenticator(AccessKeys keys, SessionKeys sessions, TimeProvider time)
{
    /// <summary>Stands in for a key that nobody has, so that a guess costs the same time as a wrong signature.</summary>
    private static readonly AccessKey Nobody = new("", "no such key", "", "");

    private readonly SigningKeyCache _signingKeys = new();

    /// <summary>All that can be known before the body is read: form, time, and the signature itself where the request declares its body's hash.</summary>
    public Result<Signed> BeforeBody(SigV4Request request)
    {
        var parsed = SigV4Claim.Parse(request);
        if (!parsed.IsOk)
            return parsed.Error;
        var claim = parsed.Value;
        if (!IsRegion(claim.Scope.Region))
            return WrongRegion(claim.Scope.Service);
        if (SigV4.CheckTime(claim, time.GetUtcNow()) is { } untimely)
            return untimely;
        // A lasting key knows no token, and a session is nothing without its own.
        var key = claim.SecurityToken is { } token ? sessions.Open(claim.AccessKeyId, token) : keys.Find(claim.AccessKeyId);
        var signed = new Signed(claim, request, key, _signingKeys.Find(key ?? Nobody, claim.Scope));
        if (claim.DeclaredPayload is not null && Verify(signed, null) is { } refused)
            return refused;
        return signed;
    }

    /// <summary>Null if the body that came is the one that was signed.</summary>
    /// <param name="bodyHash">SHA-256 of the body in lower-case hex digits.</param>
    public ServiceError? AfterBody(Signed signed, string bodyHash)
    {
        if (signed.Claim.DeclaredPayload is null)
            return Verify(signed, bodyHash);
        return SigV4.FixedTimeEquals(signed.Claim.DeclaredPayload, bodyHash) ? null : SigV4Errors.DoesNotMatch(signed.Claim.Scope.Service);
    }

    private ServiceError? Verify(Signed signed, string? bodyHash)
    {
        var refused = SigV4.Verify(signed.Claim, signed.Request, bodyHash, signed.SigningKey, time.GetUtcNow());
        if (signed.Key is null)
            return SigV4Errors.UnknownKey(signed.Claim.Scope.Service);
        return refused ?? (signed.Key.Session?.Expires <= time.GetUtcNow() ? SigV4Errors.ExpiredToken(signed.Claim.Scope.Service) : null);
    }

    /// <summary>The region ends up in ARNs, so it may hold nothing but what regions hold.</summary>
    private static bool IsRegion(string region) =>
        region.Length is > 0 and <= 32 && region.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static ServiceError WrongRegion(string service) => service == "s3"
        ? new("AuthorizationHeaderMalformed", 400, "The authorization header is malformed; the region is wrong: it may hold lower-case letters, digits and hyphens.")
        : new(service is "sts" or "iam" ? "SignatureDoesNotMatch" : "InvalidSignatureException", 403, "Credential should be scoped to a valid region.");
}

/// <summary>A request whose signature is well-formed and timely. It is believed once <see cref="SigV4Authenticator"/> has seen its body's hash.</summary>
/// <param name="Key">Null for an unknown key: <see cref="SigV4Authenticator"/> refuses such a request before anyone uses it.</param>
public sealed record Signed(SigV4Claim Claim, SigV4Request Request, AccessKey? Key, byte[] SigningKey)
{
    public Caller Caller => new(Key!.Account, Claim.Scope.Region, Key.UserArn, Key.Id);

    public override string ToString() => $"{Claim.AccessKeyId} {Claim.Scope}";
}
