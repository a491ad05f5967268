using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Core.Webhooks;

/// <summary>
/// <c>Godwit-Signature: t=SECONDS,v1=HEX</c>: HMAC-SHA256 by the webhook's secret over the seconds, a full stop, and the body. The time is signed, so that a
/// recorded delivery cannot be sent again later.
/// </summary>
public static class WebhookSignature
{
    public const string Header = "Godwit-Signature";

    public static string Of(string secret, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.ASCII.GetBytes(seconds + "."));
        hmac.AppendData(body);
        return $"t={seconds},v1={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }
}
