namespace Godwit.Core.Signing;

/// <summary>How long signatures of a profile are good: <c>DAYS</c>, <c>MONTHS</c> or <c>YEARS</c>.</summary>
public sealed record SignatureValidity(int Value, string Type)
{
    /// <summary>AWS: PutSigningProfile > signatureValidityPeriod.</summary>
    public static SignatureValidity Default { get; } = new(135, "MONTHS");

    /// <summary>Null where the end lies beyond what a time can say.</summary>
    public DateTimeOffset? EndOf(DateTimeOffset signedAt)
    {
        try
        {
            return Type switch { "DAYS" => signedAt.AddDays(Value), "YEARS" => signedAt.AddYears(Value), _ => signedAt.AddMonths(Value) };
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
