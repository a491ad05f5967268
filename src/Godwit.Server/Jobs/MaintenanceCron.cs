using System.Globalization;
using System.Text.RegularExpressions;
using Cronos;

namespace Godwit.Server.Jobs;

/// <summary>
/// AWS's cron form of maintenance windows, in UTC: <c>cron(minutes hours day-of-month month day-of-week year)</c>, days of the week 1 (Sunday) to 7.
/// The library knows five fields and Sunday as 0; days are renumbered, the year is kept here.
/// </summary>
internal sealed partial class MaintenanceCron
{
    private const int Fields = 6, YearMin = 1970, YearMax = 2199;

    private readonly CronExpression _cron;
    private readonly bool[]? _years;

    private MaintenanceCron(CronExpression cron, bool[]? years) => (_cron, _years) = (cron, years);

    /// <summary>Null for what is no such expression, with the reason.</summary>
    public static MaintenanceCron? Parse(string text, out string? why)
    {
        var inner = text.StartsWith("cron(", StringComparison.Ordinal) && text.EndsWith(')') ? text["cron(".Length..^1] : text;
        var fields = inner.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        why = $"it has {fields.Length} fields and not {Fields}";
        if (fields.Length != Fields)
            return null;
        if (Days(fields[4]) is not { } days || !Years(fields[5], out var years))
        {
            why = "days of the week are 1 (Sunday) to 7 or SUN to SAT, years 1970 to 2199";
            return null;
        }
        why = null;
        try
        {
            return new MaintenanceCron(CronExpression.Parse($"{fields[0]} {fields[1]} {fields[2]} {fields[3]} {days}"), years);
        }
        catch (CronFormatException wrong)
        {
            why = wrong.Message;
            return null;
        }
    }

    /// <summary>The first occurrence strictly after, or null.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        while (_cron.GetNextOccurrence(after, TimeZoneInfo.Utc) is { } next)
        {
            if (_years is null || IsIn(next.Year))
                return next;
            if (Enumerable.Range(next.Year, Math.Max(0, YearMax + 1 - next.Year)).Cast<int?>().FirstOrDefault(year => IsIn(year!.Value)) is not { } year)
                return null;
            after = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(-1);
        }
        return null;
    }

    private bool IsIn(int year) => year is >= YearMin and <= YearMax && _years![year - YearMin];

    /// <summary>AWS counts days from Sunday = 1; a step behind a slash and the week behind a # are no days.</summary>
    private static string? Days(string field)
    {
        if (field == "L")
            return "6";
        var wrong = false;
        var days = Day().Replace(field, match =>
        {
            var day = int.Parse(match.Value, CultureInfo.InvariantCulture);
            wrong |= day is < 1 or > 7;
            return (day - 1).ToString(CultureInfo.InvariantCulture);
        });
        return wrong ? null : days;
    }

    private static bool Years(string field, out bool[]? years)
    {
        years = null;
        if (field is "*" or "?")
            return true;
        years = new bool[YearMax - YearMin + 1];
        foreach (var part in field.Split(','))
        {
            var match = Year().Match(part);
            if (!match.Success)
                return false;
            var first = match.Groups["all"].Success ? YearMin : Number(match.Groups["first"]);
            var last = match.Groups["last"].Success ? Number(match.Groups["last"]) : match.Groups["all"].Success || match.Groups["step"].Success ? YearMax : first;
            var step = match.Groups["step"].Success ? Number(match.Groups["step"]) : 1;
            if (first < YearMin || last > YearMax || last < first || step < 1)
                return false;
            for (var year = first; year <= last; year += step)
                years[year - YearMin] = true;
        }
        return true;
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![0-9/#])[0-9]{1,3}(?![0-9])")]
    private static partial Regex Day();

    [GeneratedRegex(@"^(?:(?<all>\*)|(?<first>[0-9]{4})(?:-(?<last>[0-9]{4}))?)(?:/(?<step>[0-9]{1,3}))?$")]
    private static partial Regex Year();
}
