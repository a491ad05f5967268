using System.Globalization;
using Godwit.Core;

namespace Godwit.Server.Planning;

/// <summary>The time at which a planned request would be sent, as callers write it.</summary>
public static class PlanTime
{
    /// <summary>Null for null: now.</summary>
    public static Result<DateTimeOffset?> Read(string? text)
    {
        if (text is null)
            return (DateTimeOffset?)null;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at))
            return at;
        return Errors.InvalidRequest($"at '{(text.Length > 64 ? text[..64] : text)}' is not a time. Write it as 2030-01-02T03:04:05Z.");
    }
}
