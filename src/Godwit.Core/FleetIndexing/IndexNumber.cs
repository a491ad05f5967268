using System.Globalization;

namespace Godwit.Core.FleetIndexing;

/// <summary>What counts as a number in the index: digits with at most one point and a sign before them, no exponent. The same rule stands in SQL.</summary>
public static class IndexNumber
{
    /// <summary>Longer texts are no numbers, so that none overflows.</summary>
    public const int LengthMax = 100;

    public static double? Read(string text)
    {
        var digits = text.AsSpan(text.StartsWith('-') ? 1 : 0);
        if (text.Length > LengthMax || digits.Count('.') > 1 || digits.Length == digits.Count('.') || digits.ContainsAnyExcept("0123456789."))
            return null;
        return double.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
    }
}
