using System.Text;

namespace Godwit.Core.FleetIndexing;

/// <summary>Reads a query string: terms, phrases, <c>field:value</c>, ranges, comparisons, AND OR NOT <c>-</c> and groups. AND binds closer than OR and stands where nothing does.</summary>
public sealed class IndexQueryReader
{
    /// <summary>AWS: a query has at most so many characters.</summary>
    public const int LengthMax = 1000;

    /// <summary>AWS: a query has at most so many terms.</summary>
    public const int TermsMax = 12;

    private const int StarsMax = 2;
    private const int QuestionMarksMax = 5;
    private const int DepthMax = 20;

    private readonly string _text;
    private readonly IndexSchema _schema;
    private int _at;
    private int _terms;
    private int _depth;

    private IndexQueryReader(string text, IndexSchema schema) => (_text, _schema) = (text, schema);

    /// <summary>The query, or an InvalidQueryException that names the place and the remedy.</summary>
    public static Result<IndexQuery> Read(string text, IndexSchema schema)
    {
        if (text.Length > LengthMax)
            return IndexErrors.InvalidQuery($"The query has {text.Length} characters; {LengthMax} are allowed.");
        var reader = new IndexQueryReader(text, schema);
        var query = reader.ReadOr(null);
        if (!query.IsOk)
            return query;
        reader.SkipSpace();
        return reader._at < text.Length ? reader.Wrong($"'{text[reader._at]}' closes nothing") : query;
    }

    private Result<IndexQuery> ReadOr(IndexField? field)
    {
        var parts = new List<IndexQuery>();
        do
        {
            var part = ReadAnd(field);
            if (!part.IsOk)
                return part;
            parts.Add(part.Value);
        }
        while (TakeWord("OR"));
        return parts.Count == 1 ? parts[0] : new IndexQuery.Or(parts);
    }

    private Result<IndexQuery> ReadAnd(IndexField? field)
    {
        var parts = new List<IndexQuery>();
        do
        {
            var part = ReadNot(field);
            if (!part.IsOk)
                return part;
            parts.Add(part.Value);
        }
        while (TakeWord("AND") || !AtEnd() && _text[_at] != ')' && !PeekWord("OR"));
        return parts.Count == 1 ? parts[0] : new IndexQuery.And(parts);
    }

    private Result<IndexQuery> ReadNot(IndexField? field)
    {
        if (!TakeWord("NOT") && !Take('-'))
            return ReadOne(field);
        if (++_depth > DepthMax)
            return TooDeep();
        var part = ReadNot(field);
        _depth--;
        return part.Map<IndexQuery>(query => new IndexQuery.Not(query));
    }

    private Result<IndexQuery> ReadOne(IndexField? field)
    {
        if (AtEnd())
            return Wrong("a term is missing");
        if (Take('('))
            return ReadGroup(field);
        if (field is not null)
            return ReadValue(field);
        if (PeekWord("AND") || PeekWord("OR"))
            return Wrong("a term is missing before AND or OR");
        if (_text[_at] == '"')
            return ReadPhrase().Then(Everywhere);
        if (_text[_at] is '[' or '{' or '<' or '>')
            return Wrong("a range needs a field before it, for example attributes.temperature:[60 TO 80]");
        var start = _at;
        var name = ReadWord(isField: true);
        if (!name.IsOk)
            return name.Error;
        SkipSpaceBeforeComparison();
        if (_at < _text.Length && _text[_at] is ':' or '<' or '>')
            return _schema.Find(name.Value.Text).Then(ReadAfterField);
        _at = start;
        return ReadWord(isField: false).Then(Pattern).Then(pattern => pattern is null ? Counted(new IndexQuery.Everything()) : Everywhere(pattern));
    }

    private Result<IndexQuery> ReadGroup(IndexField? field)
    {
        if (++_depth > DepthMax)
            return TooDeep();
        var inner = ReadOr(field);
        if (inner.IsOk && !Take(')'))
            return Wrong("a parenthesis is not closed");
        _depth--;
        return inner;
    }

    private Result<IndexQuery> ReadAfterField(IndexField field)
    {
        if (!Take(':'))
            return ReadComparison(field);
        if (AtEnd())
            return Wrong("a value is missing after the colon");
        return Take('(') ? ReadGroup(field) : ReadValue(field);
    }

    private Result<IndexQuery> ReadValue(IndexField field)
    {
        SkipSpace();
        return _text[_at] switch
        {
            '[' or '{' => ReadRange(field),
            '<' or '>' => ReadComparison(field),
            '"' => ReadPhrase().Then(pattern => Match(field, pattern)),
            _ => ReadWord(isField: false).Then(Pattern).Then(pattern => pattern is null ? Counted(new IndexQuery.Has(field)) : Match(field, pattern)),
        };
    }

    private Result<IndexQuery> ReadComparison(IndexField field)
    {
        var less = _text[_at++] == '<';
        var inclusive = _at < _text.Length && _text[_at] == '=';
        if (inclusive)
            _at++;
        SkipSpace();
        var word = ReadWord(isField: false);
        if (!word.IsOk)
            return word.Error;
        var bound = new RangeBound(TextPattern.Fold(word.Value.Text), inclusive);
        return Range(field, less ? null : bound, less ? bound : null);
    }

    private Result<IndexQuery> ReadRange(IndexField field)
    {
        var lowInclusive = _text[_at++] == '[';
        var low = ReadBound();
        if (!low.IsOk)
            return low.Error;
        if (!TakeWord("TO"))
            return Wrong("TO is missing between the bounds of a range, as in [60 TO 80]");
        var high = ReadBound();
        if (!high.IsOk)
            return high.Error;
        SkipSpace();
        if (_at >= _text.Length || _text[_at] is not (']' or '}'))
            return Wrong("a range is not closed with ] or }");
        var highInclusive = _text[_at++] == ']';
        return Range(field, Bound(low.Value, lowInclusive), Bound(high.Value, highInclusive));
    }

    private static RangeBound? Bound(string text, bool inclusive) => text == "*" ? null : new RangeBound(text, inclusive);

    private Result<string> ReadBound()
    {
        SkipSpace();
        var start = _at;
        if (_at < _text.Length && _text[_at] == '"')
            return ReadPhrase().Map(pattern => pattern.Literal!);
        var text = new StringBuilder();
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] is not (']' or '}'))
        {
            if (_text[_at] == '\\' && _at + 1 < _text.Length)
                _at++;
            text.Append(_text[_at++]);
        }
        return _at == start ? Wrong("a bound of a range is missing") : TextPattern.Fold(text.ToString());
    }

    private Result<IndexQuery> Range(IndexField field, RangeBound? low, RangeBound? high)
    {
        if (field.Type == IndexFieldType.Boolean)
            return Wrong("this field is true or false and has no ranges");
        if (field.Type == IndexFieldType.Number && (low is { Number: null } || high is { Number: null }))
            return Wrong("this field is a number; compare it with one");
        return low is null && high is null ? Counted(new IndexQuery.Has(field)) : Counted(new IndexQuery.Within(field, low, high));
    }

    private Result<IndexQuery> Match(IndexField field, TextPattern pattern) => field.Type switch
    {
        IndexFieldType.Boolean when pattern.Literal is not ("true" or "false") => Wrong("this field is true or false"),
        IndexFieldType.Number when pattern.Literal is not { } literal || IndexNumber.Read(literal) is null => Wrong("this field is a number; compare it with one"),
        IndexFieldType.Number => Counted(new IndexQuery.Within(field, new RangeBound(pattern.Literal, true), new RangeBound(pattern.Literal, true))),
        _ => Counted(new IndexQuery.Matches(field, pattern)),
    };

    private Result<IndexQuery> Everywhere(TextPattern pattern) =>
        Counted(new IndexQuery.Or([.. _schema.Everywhere.Select(field => new IndexQuery.Matches(field, pattern))]));

    private Result<IndexQuery> Counted(IndexQuery term) =>
        ++_terms > TermsMax ? IndexErrors.InvalidQuery($"The query has more than {TermsMax} terms. Split it.") : term;

    private Result<TextPattern> ReadPhrase()
    {
        var text = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] != '"'; _at++)
        {
            if (_text[_at] == '\\' && _at + 1 < _text.Length)
                _at++;
            text.Append(_text[_at]);
        }
        if (_at >= _text.Length)
            return Wrong("a quotation mark is not closed");
        _at++;
        return TextPattern.Of(text.ToString());
    }

    /// <summary>A word and which of its characters are wildcards, up to white space, a parenthesis or a quotation mark; a field's name also ends before a colon or comparison.</summary>
    private Result<Word> ReadWord(bool isField)
    {
        var (text, wild) = (new StringBuilder(), new List<int>());
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] is not ('(' or ')' or '"')
            && !(isField && _text[_at] is ':' or '<' or '>'))
        {
            if (_text[_at] == '\\')
            {
                if (++_at >= _text.Length)
                    return Wrong("the escape \\ has nothing after it");
            }
            else if (_text[_at] is '*' or '?')
            {
                wild.Add(text.Length);
            }
            text.Append(_text[_at++]);
        }
        return text.Length == 0 ? Wrong("a value is missing") : new Word(text.ToString(), wild);
    }

    /// <summary>Null for a lone <c>*</c>.</summary>
    private Result<TextPattern?> Pattern(Word word)
    {
        if (word.Text == "*" && word.Wild.Count == 1)
            return (TextPattern?)null;
        if (word.Wild.Count == 0)
            return TextPattern.Of(word.Text);
        if (word.Wild[0] == 0)
            return Wrong("a term must not begin with a wildcard");
        var stars = word.Wild.Count(place => word.Text[place] == '*');
        if (stars > StarsMax || word.Wild.Count - stars > QuestionMarksMax)
            return Wrong($"a term has at most {StarsMax} wildcards * and {QuestionMarksMax} wildcards ?");
        var like = new StringBuilder();
        for (var i = 0; i < word.Text.Length; i++)
        {
            if (!word.Wild.Contains(i))
                TextPattern.AppendLiteral(like, word.Text[i]);
            else
                like.Append(word.Text[i] == '*' ? '%' : '_');
        }
        return new TextPattern(like.ToString(), null);
    }

    private bool AtEnd()
    {
        SkipSpace();
        return _at >= _text.Length;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    /// <summary><c>attributes.temperature &gt; 60</c> may have spaces; a colon may not.</summary>
    private void SkipSpaceBeforeComparison()
    {
        var before = _at;
        SkipSpace();
        if (_at >= _text.Length || _text[_at] is not ('<' or '>'))
            _at = before;
    }

    private bool Take(char character)
    {
        SkipSpace();
        if (_at >= _text.Length || _text[_at] != character)
            return false;
        _at++;
        return true;
    }

    private bool TakeWord(string word)
    {
        if (!PeekWord(word))
            return false;
        _at += word.Length;
        return true;
    }

    private bool PeekWord(string word)
    {
        SkipSpace();
        var end = _at + word.Length;
        return string.CompareOrdinal(_text, _at, word, 0, word.Length) == 0 && (end >= _text.Length || char.IsWhiteSpace(_text[end]) || _text[end] is '(' or ')' or '"');
    }

    private ServiceError TooDeep() => Wrong($"groups lie more than {DepthMax} deep in one another");

    private ServiceError Wrong(string what) => IndexErrors.InvalidQuery($"The query cannot be read at character {_at + 1}: {what}. Query: {_text}");

    private sealed record Word(string Text, List<int> Wild);
}
