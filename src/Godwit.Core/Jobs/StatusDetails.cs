using System.Globalization;
using System.Text;

namespace Godwit.Core.Jobs;

/// <summary>What a device says of its execution besides the status: up to ten names with texts. A report replaces all of it.</summary>
public static class StatusDetails
{
    private const int PairsMax = 10;
    private const int KeyMax = 128;
    private const int ValueMax = 1024;

    /// <summary>Says which bound of AWS the details break, or null.</summary>
    public static string? Refuse(IReadOnlyDictionary<string, string>? details)
    {
        if (details is null)
            return null;
        if (details.Count > PairsMax)
            return $"statusDetails has {details.Count} entries and can have {PairsMax}.";
        foreach (var (key, value) in details)
        {
            if (key.Length is 0 or > KeyMax || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '_' or '-'))
                return $"statusDetails has a key that is not 1 to {KeyMax} letters, digits, ':', '_' or '-'.";
            if (value.Length is 0 or > ValueMax || HoldsControls(value))
                return $"statusDetails.{key} must be 1 to {ValueMax} characters without control characters.";
        }
        return null;
    }

    /// <summary>AWS: the pattern <c>[^\p{C}]+</c>: no control, format, surrogate, private or unassigned characters.</summary>
    private static bool HoldsControls(string value)
    {
        foreach (var rune in value.EnumerateRunes())
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
                return true;
        return false;
    }
}
