using Godwit.Core.Objects;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>
/// Walks a bucket in the order of keys (UTF-8), folding keys that share a prefix up to the delimiter into one entry.
/// A folded prefix is stepped over by the index, however many keys lie in it.
/// </summary>
public static class ObjectListing
{
    public const int KeysMax = 1000;

    private const string Columns =
        "seq, bucket, object_key, version_id, is_latest, is_delete_marker, size_bytes, etag, bytes_id, headers, metadata, checksums, modified_at_ms";

    private const string LatestSql =
        $"""
        SELECT {Columns} FROM object_version
        WHERE account = @Account AND bucket = @Bucket AND is_latest = 1 AND is_delete_marker = 0 AND object_key >= @Prefix AND object_key > @After
        ORDER BY object_key LIMIT @Limit
        """;

    private const string VersionsSql =
        $"""
        SELECT {Columns} FROM object_version
        WHERE account = @Account AND bucket = @Bucket AND object_key >= @Prefix AND object_key >= @After AND (object_key > @After OR seq < @AfterSeq)
        ORDER BY object_key, seq DESC LIMIT @Limit
        """;

    /// <param name="After">Keys up to and including this one have been listed.</param>
    /// <param name="AfterSeq">For versions: of the key <paramref name="After"/> itself, those older than this are still to come; 0 for none.</param>
    public sealed record Query(string Account, string Bucket, string Prefix, string? Delimiter, string After, long AfterSeq, int Limit);

    /// <summary>Versions and folded prefixes in their common order; where there is more, the last of them says where to go on.</summary>
    public sealed record Listing(IReadOnlyList<ObjectVersion> Versions, IReadOnlyList<string> CommonPrefixes, bool IsTruncated, string? Last, ObjectVersion? LastVersion);

    public static Listing Latest(ReadSession session, Query query) => Walk(session, LatestSql, query);

    public static Listing Versions(ReadSession session, Query query) => Walk(session, VersionsSql, query);

    private static Listing Walk(ReadSession session, string sql, Query query)
    {
        var (versions, folded) = (new List<ObjectVersion>(), new List<string>());
        string? last = null;
        ObjectVersion? lastVersion = null;
        if (query.Limit == 0)
            return new Listing(versions, folded, false, null, null);
        // A marker that is itself a folded prefix has been listed with all that lies in it.
        var done = Fold(query.After, query) is { } marker && marker == query.After ? marker : null;
        var at = query with { After = done is null ? query.After : BehindAll(done), AfterSeq = done is null ? query.AfterSeq : 0 };
        while (true)
        {
            var rows = session.Query<ObjectVersion>(sql, at with { Limit = query.Limit + 1 });
            foreach (var row in rows)
            {
                at = at with { After = row.ObjectKey, AfterSeq = row.Seq };
                if (!row.ObjectKey.StartsWith(query.Prefix, StringComparison.Ordinal))
                    return new Listing(versions, folded, false, last, lastVersion);
                var prefix = Fold(row.ObjectKey, query);
                if (prefix is not null && prefix == done)
                    continue;
                if (versions.Count + folded.Count == query.Limit)
                    return new Listing(versions, folded, true, last, lastVersion);
                (last, lastVersion) = prefix is null ? (row.ObjectKey, row) : (prefix, null);
                if (prefix is null)
                {
                    versions.Add(row);
                    continue;
                }
                folded.Add(prefix);
                done = prefix;
                at = at with { After = BehindAll(prefix), AfterSeq = 0 };
                break;
            }
            if (rows.Count == 0 || (rows.Count <= query.Limit && at.After == rows[^1].ObjectKey))
                return new Listing(versions, folded, false, last, lastVersion);
        }
    }

    /// <summary>The key up to and with the first delimiter behind the prefix, or null.</summary>
    private static string? Fold(string key, Query query)
    {
        if (string.IsNullOrEmpty(query.Delimiter) || key.Length < query.Prefix.Length)
            return null;
        var at = key.IndexOf(query.Delimiter, query.Prefix.Length, StringComparison.Ordinal);
        return at < 0 ? null : key[..(at + query.Delimiter.Length)];
    }

    /// <summary>A key behind nearly all that begin with the prefix; the few behind it are skipped one by one.</summary>
    private static string BehindAll(string prefix) => prefix + "\U0010FFFF";
}
