using System.Globalization;

namespace Godwit.Core.Objects;

/// <summary>A stretch of an object: where it begins and how many bytes it has.</summary>
public readonly record struct ByteRange(long Offset, long Length)
{
    public long Last => Offset + Length - 1;

    /// <summary>
    /// Reads a <c>Range</c> header against an object's size. Several ranges, other units and broken text are ignored, as RFC 9110 §14.2 allows and S3 does.
    /// </summary>
    public static RangeAnswer Resolve(string? header, long sizeBytes)
    {
        const string unit = "bytes=";
        if (header is null || !header.StartsWith(unit, StringComparison.OrdinalIgnoreCase))
            return new(RangeVerdict.Whole, new(0, sizeBytes));
        var text = header.AsSpan(unit.Length).Trim();
        var dash = text.IndexOf('-');
        if (dash < 0 || text.Contains(','))
            return new(RangeVerdict.Whole, new(0, sizeBytes));
        return dash == 0 ? Suffix(text[1..], sizeBytes) : FromTo(text[..dash], text[(dash + 1)..], sizeBytes);
    }

    private static RangeAnswer Suffix(ReadOnlySpan<char> count, long size)
    {
        if (!Number(count, out var length))
            return new(RangeVerdict.Whole, new(0, size));
        if (length == 0 || size == 0)
            return new(RangeVerdict.Unsatisfiable, default);
        length = Math.Min(length, size);
        return new(RangeVerdict.Part, new(size - length, length));
    }

    private static RangeAnswer FromTo(ReadOnlySpan<char> from, ReadOnlySpan<char> to, long size)
    {
        var last = long.MaxValue;
        if (!Number(from, out var first) || (to.Length > 0 && !Number(to, out last)) || last < first)
            return new(RangeVerdict.Whole, new(0, size));
        if (first >= size)
            return new(RangeVerdict.Unsatisfiable, default);
        return new(RangeVerdict.Part, new(first, Math.Min(last, size - 1) - first + 1));
    }

    /// <summary>Digits only; a number past 2^63-1 counts as that.</summary>
    private static bool Number(ReadOnlySpan<char> text, out long number)
    {
        number = 0;
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9'))
            return false;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            number = long.MaxValue;
        return true;
    }
}

/// <summary>What a <c>Range</c> header asks for.</summary>
public enum RangeVerdict
{
    /// <summary>No usable range: 200 with everything.</summary>
    Whole,

    /// <summary>206 with this part.</summary>
    Part,

    /// <summary>416: it begins behind the end.</summary>
    Unsatisfiable,
}

/// <inheritdoc cref="ByteRange.Resolve"/>
public readonly record struct RangeAnswer(RangeVerdict Verdict, ByteRange Range);
