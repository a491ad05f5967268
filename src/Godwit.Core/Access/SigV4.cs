using System.Security.Cryptography;
using System.Text;

namespace Godwit.Core.Access;

/// <summary>
/// Signature Version 4 as arithmetic over plain inputs. AWS: IAM > Signature Version 4.
/// <see cref="SigV4Claim.Parse"/> reads a request, <see cref="Verify"/> believes or refuses it, <see cref="SigV4Signer"/> signs.
/// </summary>
public static class SigV4
{
    public static readonly TimeSpan S3Skew = TimeSpan.FromMinutes(15);

    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    public static byte[] SigningKey(string secret, SigV4Scope scope)
    {
        var date = HMACSHA256.HashData(Encoding.UTF8.GetBytes("AWS4" + secret), Encoding.UTF8.GetBytes(scope.Date));
        var region = HMACSHA256.HashData(date, Encoding.UTF8.GetBytes(scope.Region));
        var service = HMACSHA256.HashData(region, Encoding.UTF8.GetBytes(scope.Service));
        return HMACSHA256.HashData(service, "aws4_request"u8);
    }

    public static string StringToSign(string timestamp, SigV4Scope scope, string canonicalRequest) =>
        $"{SigV4Claim.Algorithm}\n{timestamp}\n{scope}\n{Hash(Encoding.UTF8.GetBytes(canonicalRequest))}";

    public static string Signature(ReadOnlySpan<byte> signingKey, string stringToSign) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes(stringToSign)));

    /// <summary>SHA-256 in lower-case hex digits.</summary>
    public static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>
    /// Null if the request was signed with this key and is timely. The caller looks the key up by <see cref="SigV4Claim.AccessKeyId"/>;
    /// for an unknown one it should verify against any key before answering, so that time tells nothing.
    /// </summary>
    /// <param name="signingKey">From <see cref="SigningKey"/>; good for one day, region and service.</param>
    /// <param name="bodyHash">SHA-256 of the body that came, where it is known already; null where it will be checked while it streams in (S3).</param>
    public static ServiceError? Verify(SigV4Claim claim, SigV4Request request, string? bodyHash, ReadOnlySpan<byte> signingKey, DateTimeOffset now)
    {
        if (CheckTime(claim, now) is { } untimely)
            return untimely;
        var service = claim.Scope.Service;
        var payload = claim.DeclaredPayload ?? bodyHash
            ?? throw new ArgumentNullException(nameof(bodyHash), $"The body of a request to '{service}' must be hashed: it declares no hash.");
        if (bodyHash is not null && SigV4Payload.IsHash(payload) && !FixedTimeEquals(payload, bodyHash))
            return service == "s3"
                ? new ServiceError("XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed.")
                : SigV4Errors.DoesNotMatch(service);

        return FixedTimeEquals(Signature(signingKey, StringToSign(claim.Timestamp, claim.Scope, Canonical(claim, request, payload))), claim.Signature)
            ? null
            : SigV4Errors.DoesNotMatch(service);
    }

    /// <summary>Five minutes of skew, fifteen for S3; a presigned URL until it expires.</summary>
    public static ServiceError? CheckTime(SigV4Claim claim, DateTimeOffset now)
    {
        var service = claim.Scope.Service;
        var tolerance = service == "s3" ? S3Skew : Skew;
        if (claim.ExpiresSeconds is { } seconds)
        {
            var expires = claim.SignedAt.AddSeconds(seconds);
            if (now > expires)
                return SigV4Errors.Expired(service, expires.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"), now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"), seconds);
            return claim.SignedAt - now > tolerance ? SigV4Errors.NotYetValid(service) : null;
        }

        var late = now - claim.SignedAt > tolerance;
        if (!late && claim.SignedAt - now <= tolerance)
            return null;
        var limit = late ? now - tolerance : now + tolerance;
        return SigV4Errors.Skewed(service, claim.Timestamp, SigV4Scope.Timestamp(now), SigV4Scope.Timestamp(limit), tolerance, late);
    }

    /// <summary>Compares without telling by its time how much agrees.</summary>
    public static bool FixedTimeEquals(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));

    private static string Canonical(SigV4Claim claim, SigV4Request request, string payload)
    {
        if (!claim.IsPresigned)
            return SigV4Canonical.Request(request, claim.Scope.Service, claim.SignedHeaders, payload);
        // MQTT over WebSocket: the device SDKs append the session's token behind the signature, outside of it.
        return claim.Scope.Service == "iotdevicegateway"
            ? SigV4Canonical.Request(request, claim.Scope.Service, claim.SignedHeaders, payload, "X-Amz-Signature", "X-Amz-Security-Token")
            : SigV4Canonical.Request(request, claim.Scope.Service, claim.SignedHeaders, payload, "X-Amz-Signature");
    }
}
