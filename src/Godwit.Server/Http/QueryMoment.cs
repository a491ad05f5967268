using System.Globalization;
using Godwit.Core;

namespace Godwit.Server.Http;

/// <summary>A moment in a query string, as callers write it.</summary>
internal static class QueryMoment
{
    /// <summary>Null where the parameter is not given: now.</summary>
    public static Result<DateTimeOffset?> Read(string name, string? text)
    {
        if (text is null)
            return (DateTimeOffset?)null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : Errors.InvalidRequest($"{name} '{(text.Length > 64 ? text[..64] : text)}' is not a time. Write it as 2030-01-02T03:04:05Z.");
    }
}
