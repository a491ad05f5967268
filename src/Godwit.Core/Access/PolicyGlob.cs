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
        return (_firstWildcard == _text.Length - 1 && _text[^1] == Any) || Matches(_text.AsSpan(_firstWildcard), text[_firstWildcard..]);
    }

    /// <summary>
    /// What is left of the pattern once a fixed beginning was matched: one pattern for each way in which it can be. None: it does not match at all.
    /// </summary>
    internal IEnumerable<PolicyGlob> After(string beginning)
    {
        var at = new SortedSet<int>();
        Reach(at, 0);
        foreach (var c in beginning)
        {
            var next = new SortedSet<int>();
            foreach (var position in at)
            {
                if (position == _text.Length)
                    continue;
                if (_text[position] == Any)
                    Reach(next, position);
                else if (_text[position] == One || _text[position] == c)
                    Reach(next, position + 1);
            }

            at = next;
        }

        var text = _text;
        // Behind a wildcard that takes everything all further ways are its own.
        return at.Any(position => position == text.Length - 1 && text[position] == Any)
            ? [new PolicyGlob(Any.ToString())]
            : at.Select(position => new PolicyGlob(text[position..]));
    }

    public override string ToString() => _text.Replace(Any, '*').Replace(One, '?');

    private void Reach(SortedSet<int> positions, int position)
    {
        positions.Add(position);
        while (position < _text.Length && _text[position] == Any)
            positions.Add(++position);
    }

    /// <summary>Goes back to the last star only, so the cost is bounded by the product of the lengths.</summary>
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == Any)
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && (pattern[p] == One || pattern[p] == text[t]))
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

        while (p < pattern.Length && pattern[p] == Any)
            p++;
        return p == pattern.Length;
    }
}
