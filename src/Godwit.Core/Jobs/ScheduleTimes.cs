using System.Globalization;

namespace Godwit.Core.Jobs;

/// <summary>The texts of <c>startTime</c> and <c>endTime</c>, and how far ahead they may lie. AWS: Jobs > Scheduling.</summary>
public static class ScheduleTimes
{
    /// <summary>How times are written back.</summary>
    public const string Form = "yyyy-MM-ddTHH:mm";

    private const int MinutesAheadMin = 30, StartYearsMax = 1, EndYearsMax = 2;

    // AWS's own tools write the first two; people add seconds and a Z.
    private static readonly string[] Forms =
        [Form, "yyyy-MM-dd HH:mm", "yyyy-MM-ddTHH:mm'Z'", "yyyy-MM-dd HH:mm'Z'", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss'Z'", "yyyy-MM-dd HH:mm:ss'Z'"];

    /// <summary>Null for a text of another form; times are UTC.</summary>
    public static DateTimeOffset? Parse(string text) => DateTimeOffset.TryParseExact(
        text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;

    public static string Write(DateTimeOffset at) => at.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>Why the times cannot be taken, or null.</summary>
    public static string? Refuse(string? startTime, string? endTime, DateTimeOffset now)
    {
        if (Wrong("startTime", startTime, StartYearsMax, now) is { } start)
            return start;
        if (Wrong("endTime", endTime, EndYearsMax, now) is { } end)
            return end;
        if (startTime is null || endTime is null)
            return null;
        var (from, to) = (Parse(startTime)!.Value, Parse(endTime)!.Value);
        if (to < from.AddMinutes(MinutesAheadMin))
            return $"endTime {endTime} must lie at least {MinutesAheadMin} minutes after startTime {startTime}.";
        return to > from.AddYears(EndYearsMax) ? $"endTime {endTime} must lie within {EndYearsMax} years after startTime {startTime}." : null;
    }

    private static string? Wrong(string member, string? text, int years, DateTimeOffset now)
    {
        if (text is null)
            return null;
        if (Parse(text) is not { } at)
            return $"{member} '{text}' is not a time. Write it in UTC as YYYY-MM-DDTHH:MM.";
        if (at < now.AddMinutes(MinutesAheadMin))
            return $"{member} {text} must lie at least {MinutesAheadMin} minutes in the future; it is {Write(now)} now.";
        return at > now.AddYears(years) ? $"{member} {text} must lie within {years} year{(years == 1 ? "" : "s")} from now." : null;
    }
}
