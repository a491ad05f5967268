using System.Globalization;

namespace Godwit.Core.Access;

/// <summary>What a signature is good for: <c>20150830/us-east-1/iam/aws4_request</c>.</summary>
/// <param name="Date">Eight digits, the day of the signature in UTC.</param>
public readonly record struct SigV4Scope(string Date, string Region, string Service)
{
    public const string Terminator = "aws4_request";

    private const string TimestampFormat = "yyyyMMdd'T'HHmmss'Z'";

    public static SigV4Scope At(DateTimeOffset time, string region, string service) => new(Timestamp(time)[..8], region, service);

    /// <summary>The form of <c>x-amz-date</c>: <c>20150830T123600Z</c>.</summary>
    public static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString(TimestampFormat, CultureInfo.InvariantCulture);

    public static DateTimeOffset? ParseTimestamp(string? text) =>
        DateTimeOffset.TryParseExact(
            text, TimestampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;

    /// <summary>Reads <c>KEYID/date/region/service/aws4_request</c>. The key id may hold slashes itself, so the last four parts count.</summary>
    public static (string AccessKeyId, SigV4Scope Scope)? ParseCredential(string? text)
    {
        var parts = text?.Split('/');
        if (parts is not { Length: >= 5 } || parts[^1] != Terminator || parts[^4..^1].Any(part => part.Length == 0))
            return null;
        var accessKeyId = string.Join('/', parts[..^4]);
        if (accessKeyId.Length is 0 or > 128 || parts[^4].Length != 8 || !parts[^4].All(char.IsAsciiDigit))
            return null;
        return (accessKeyId, new SigV4Scope(parts[^4], parts[^3], parts[^2]));
    }

    public override string ToString() => $"{Date}/{Region}/{Service}/{Terminator}";
}
