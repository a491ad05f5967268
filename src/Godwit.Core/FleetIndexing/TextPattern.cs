using System.Text;

namespace Godwit.Core.FleetIndexing;

/// <summary>A text to find, perhaps with wildcards: <c>*</c> for any characters, <c>?</c> for one. Letters A to Z match whatever their case.</summary>
/// <param name="Like">In lower case, in the words of SQL's LIKE with the escape <c>\</c>.</param>
/// <param name="Literal">The text itself, in lower case, where it has no wildcard.</param>
public sealed record TextPattern(string Like, string? Literal)
{
    public static TextPattern Of(string literal)
    {
        var like = new StringBuilder();
        foreach (var character in literal)
            AppendLiteral(like, character);
        return new TextPattern(like.ToString(), Fold(literal));
    }

    /// <summary>Letters A to Z in lower case: as far as both databases go.</summary>
    public static string Fold(string text) => string.Create(text.Length, text, static (folded, given) =>
    {
        for (var i = 0; i < folded.Length; i++)
            folded[i] = char.ToLowerInvariant(given[i]) is var lower && char.IsAscii(given[i]) ? lower : given[i];
    });

    public bool Fits(string value) => Literal is not null ? Fold(value) == Literal : Fits(Fold(value), Like);

    /// <summary>Whether any run of whole words of the value fits.</summary>
    public bool FitsWords(string value) => Fits($" {Fold(value)} ", $"% {Like} %");

    internal static void AppendLiteral(StringBuilder like, char character)
    {
        if (character is '%' or '_' or '\\')
            like.Append('\\');
        like.Append(char.IsAscii(character) ? char.ToLowerInvariant(character) : character);
    }

    private static bool Fits(ReadOnlySpan<char> value, ReadOnlySpan<char> like)
    {
        while (like.Length > 0)
        {
            if (like[0] == '%')
            {
                for (var skip = 0; skip <= value.Length; skip++)
                    if (Fits(value[skip..], like[1..]))
                        return true;
                return false;
            }
            var escaped = like[0] == '\\' ? 1 : 0;
            if (value.Length == 0 || (escaped == 1 || like[0] != '_') && value[0] != like[escaped])
                return false;
            value = value[1..];
            like = like[(1 + escaped)..];
        }
        return value.Length == 0;
    }
}
