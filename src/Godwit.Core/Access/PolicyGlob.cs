namespace Godwit.Core.Access;

/// <summary>
/// A text with wildcards: <c>*</c> for any run of characters, slashes too, <c>?</c> for one. MQTT's <c>+</c> and <c>#</c> are ordinary here.
/// AWS: IoT policies > Using wildcard characters.
/// </summary>
public readonly struct PolicyGlob
{
    /// <summary>The wildcards, once literal stars and question marks can stand beside them. Both are no characters of any text.</summary>
    internal const char Any = '\uFFFF';
    internal const char One = '\uFFFE';

    private readonly string _text;
    private readonly int _firstWildcard;

    internal PolicyGlob(string text)
    {
        _text = text;
        _firstWildcard = text.AsSpan().IndexOfAny(Any, One);
    }

    public static PolicyGlob Of(string pattern) => new(pattern.Replace('*', Any).Replace('?', One));

    public bool IsMatch(ReadOnlySpan<char> text)
    {
        if (_firstWildcard < 0)
            return text.SequenceEqual(_text);
        if (!text.StartsWith(_text.AsSpan(0, _firstWildcard)))
            return false;
        return (_firstWildcard == _text.Length - 1 && _text[^1] == Any) || Matches<Prepared>(_text.AsSpan(_firstWildcard), text[_firstWildcard..]);
    }

    /// <summary>An action's pattern as policies write it, compared without case; nothing is allocated.</summary>
    internal static bool IsActionMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> lowerCaseAction) =>
        pattern.IndexOfAny('*', '?') < 0
            ? pattern.Equals(lowerCaseAction, StringComparison.OrdinalIgnoreCase)
            : Matches<Written>(pattern, lowerCaseAction);

    /// <summary>
    /// What is left of the pattern once a fixed beginning was matched: one pattern for each way in which it can be. None: it does not match at all.
    /// </summary>
    internal PolicyGlob[] After(ReadOnlySpan<char> beginning)
    {
        var literal = _text.AsSpan(0, _firstWildcard < 0 ? _text.Length : _firstWildcard);
        var common = beginning.CommonPrefixLength(literal);
        if (common == beginning.Length)
            return [new PolicyGlob(_text[common..])];
        return common < literal.Length || _firstWildcard < 0 ? [] : AfterWildcards(beginning[common..], common);
    }

    /// <summary>Walks all positions that the rest of the beginning can reach, side by side.</summary>
    private PolicyGlob[] AfterWildcards(ReadOnlySpan<char> rest, int start)
    {
        var (now, next) = (new bool[_text.Length + 1], new bool[_text.Length + 1]);
        Reach(now, start);
        foreach (var c in rest)
        {
            Array.Clear(next);
            for (var position = start; position < _text.Length; position++)
            {
                if (!now[position])
                    continue;
                if (_text[position] == Any)
                    Reach(next, position);
                else if (_text[position] == One || _text[position] == c)
                    Reach(next, position + 1);
            }

            (now, next) = (next, now);
        }

        // Behind a wildcard that takes everything all further ways are its own.
        if (now[_text.Length] && _text[^1] == Any)
            return [new PolicyGlob(_text[^1..])];
        var ways = new List<PolicyGlob>();
        for (var position = start; position <= _text.Length; position++)
        {
            if (now[position])
                ways.Add(new PolicyGlob(_text[position..]));
        }

        return [.. ways];
    }

    public override string ToString() => _text.Replace(Any, '*').Replace(One, '?');

    private void Reach(bool[] positions, int position)
    {
        positions[position] = true;
        while (position < _text.Length && _text[position] == Any)
            positions[++position] = true;
    }

    /// <summary>Goes back to the last star only, so the cost is bounded by the product of the lengths.</summary>
    private static bool Matches<TSigns>(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
        where TSigns : ISigns
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == TSigns.Any)
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && (pattern[p] == TSigns.One || TSigns.Fold(pattern[p]) == text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == TSigns.Any)
            p++;
        return p == pattern.Length;
    }
    /// <summary>Which characters are wildcards, and what is done to the others before they are compared.</summary>
    private interface ISigns
    {
        static abstract char Any { get; }

        static abstract char One { get; }

        static abstract char Fold(char c);
    }

    private readonly struct Prepared : ISigns
    {
        public static char Any => PolicyGlob.Any;

        public static char One => PolicyGlob.One;

        public static char Fold(char c) => c;
    }

    private readonly struct Written : ISigns
    {
        public static char Any => '*';

        public static char One => '?';

        public static char Fold(char c) => char.ToLowerInvariant(c);
    }
}
