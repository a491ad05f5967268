namespace Godwit.Core.Objects;

/// <summary>The conditional headers of GET, HEAD and of a copy's source. ETags are compared without quotes.</summary>
public sealed record Preconditions(string? IfMatch, string? IfNoneMatch, DateTimeOffset? IfModifiedSince, DateTimeOffset? IfUnmodifiedSince)
{
    public static Preconditions None { get; } = new(null, null, null, null);

    /// <summary>AWS: GetObject: a true If-Match wins over If-Unmodified-Since, a false If-None-Match over If-Modified-Since. Times compare in whole seconds.</summary>
    public ConditionVerdict Check(string etag, DateTimeOffset lastModified)
    {
        var modified = DateTimeOffset.FromUnixTimeSeconds(lastModified.ToUnixTimeSeconds());
        if (IfMatch is not null ? !Names(IfMatch, etag) : IfUnmodifiedSince is { } until && modified > until)
            return ConditionVerdict.Failed;
        if (IfNoneMatch is not null ? Names(IfNoneMatch, etag) : IfModifiedSince is { } since && modified <= since)
            return ConditionVerdict.NotModified;
        return ConditionVerdict.Met;
    }

    private static bool Names(string header, string etag)
    {
        foreach (var part in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var bare = part.StartsWith("W/", StringComparison.Ordinal) ? part[2..] : part;
            if (bare == "*" || bare.Trim('"') == etag)
                return true;
        }
        return false;
    }
}

/// <summary>Whether an object may be given under a caller's conditions.</summary>
public enum ConditionVerdict
{
    Met,

    /// <summary>304.</summary>
    NotModified,

    /// <summary>412.</summary>
    Failed,
}
