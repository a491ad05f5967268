using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Godwit.Server.Http.Binding;

/// <summary>
/// A pattern of a service model, written for Java and matched against the whole text. Matching takes time linear in the text, whatever the text is.
/// </summary>
public sealed class ModelPattern(string source)
{
    /// <summary>For patterns that look around; the models have one, and it does not backtrack. All others are linear and need no clock: a starved processor must not refuse a good name.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private Regex? _regex;

    /// <summary>As the model has it, for messages.</summary>
    public string Source => source;

    public bool IsMatch(string text) => (_regex ??= Compile()).IsMatch(InBasicPlane(text));

    private Regex Compile()
    {
        var pattern = $@"\A(?:{ToDotNet(source)})\z";
        return source.Contains("(?", StringComparison.Ordinal)
            ? new Regex(pattern, RegexOptions.CultureInvariant, Patience)
            : new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    /// <summary>Java's classes are of ASCII unless they name a Unicode category, and its dot excludes every line terminator.</summary>
    private static string ToDotNet(string java)
    {
        var text = new StringBuilder(java.Length + 16);
        var inClass = false;
        for (var i = 0; i < java.Length; i++)
        {
            var rest = java.AsSpan(i);
            if (Posix(rest) is var (length, range))
            {
                text.Append(inClass ? range : $"[{range}]");
                i += length - 1;
            }
            else if (java[i] == '\\')
            {
                text.Append(rest[..2]);
                i++;
            }
            else if (java[i] == '.' && !inClass)
            {
                text.Append(@"[^\n\r\u0085\u2028\u2029]");
            }
            else
            {
                inClass = java[i] switch { '[' => true, ']' => false, _ => inClass };
                text.Append(java[i]);
            }
        }

        return text.ToString();
    }

    private static (int Length, string Range)? Posix(ReadOnlySpan<char> rest) =>
        rest.StartsWith(@"\p{Graph}", StringComparison.Ordinal) ? (9, "!-~")
        : rest.StartsWith(@"\p{Upper}", StringComparison.Ordinal) ? (9, "A-Z")
        : rest.StartsWith(@"\p{Digit}", StringComparison.Ordinal) ? (9, "0-9")
        : rest.StartsWith(@"\w", StringComparison.Ordinal) ? (2, "a-zA-Z0-9_")
        : rest.StartsWith(@"\d", StringComparison.Ordinal) ? (2, "0-9")
        : null;

    /// <summary>
    /// Java matches code points, .NET halves of them. A character beyond the basic plane is therefore replaced, for matching only,
    /// by one of the basic plane that has the same category; half a pair stays what it is, a surrogate.
    /// </summary>
    private static string InBasicPlane(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;
        var basic = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune) || rune.IsBmp)
            {
                basic.Append(text[i]);
                continue;
            }

            basic.Append(Representative(Rune.GetUnicodeCategory(rune)));
            i++;
        }

        return basic.ToString();
    }

    private static char Representative(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => '\u01BB',
        >= UnicodeCategory.NonSpacingMark and <= UnicodeCategory.EnclosingMark => '\u0301',
        >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => '\u00B2',
        >= UnicodeCategory.SpaceSeparator and <= UnicodeCategory.ParagraphSeparator => '\u2003',
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned => '\uE000',
        _ => '\u2603',
    };
}
