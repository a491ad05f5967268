using System.Collections.Concurrent;
using System.Xml.Linq;
using Godwit.Core.Access;
using Godwit.Server.Objects.S3;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>Whose a bucket is and whom its policy lets in, in memory: each request to S3 asks.</summary>
public sealed class BucketPolicies(Database database)
{
    private const int CountMax = 4096;

    private readonly ConcurrentDictionary<string, BucketDoor> _known = new(StringComparer.Ordinal);
    private volatile IReadOnlySet<string>? _open;
    private long _generation;

    /// <summary>Null where there is no such bucket.</summary>
    public async ValueTask<BucketDoor?> Find(string bucket, CancellationToken ct)
    {
        if (_known.TryGetValue(bucket, out var known))
            return known;
        var before = Interlocked.Read(ref _generation);
        if (await database.Read(session => Read(session, bucket), ct) is not { } door)
            return null;
        if (_known.Count >= CountMax)
            _known.Clear();
        _known[bucket] = door;
        // A change between the read and here has already been forgotten.
        if (before != Interlocked.Read(ref _generation))
            _known.TryRemove(bucket, out _);
        return door;
    }

    /// <summary>Whether somebody without a signature might be let in. Anybody can ask, and as often as they like: it costs no read.</summary>
    public async ValueTask<bool> IsOpen(string bucket, CancellationToken ct)
    {
        if (_open is { } known)
            return known.Contains(bucket);
        var before = Interlocked.Read(ref _generation);
        var open = await database.Read(FindOpen, ct);
        _open = open;
        if (before != Interlocked.Read(ref _generation))
            _open = null;
        return open.Contains(bucket);
    }

    /// <summary>Reads a bucket anew once this change is committed.</summary>
    internal void Forget(WriteSession session, string bucket) => session.AfterCommit(() =>
    {
        Interlocked.Increment(ref _generation);
        _known.TryRemove(bucket, out _);
        _open = null;
    });

    private static HashSet<string> FindOpen(ReadSession session) =>
        [.. session.Query<string>("SELECT bucket FROM bucket_setting WHERE name = 'policy'").Where(bucket => Read(session, bucket) is { IsPublic: true })];

    private static BucketDoor? Read(ReadSession session, string bucket)
    {
        if (session.First<string>("SELECT account FROM bucket WHERE bucket = @bucket", new { bucket }) is not { } account)
            return null;
        var settings = session.Query<(string Name, string Document)>(
            "SELECT name, document FROM bucket_setting WHERE account = @account AND bucket = @bucket AND name IN ('policy', 'publicAccessBlock')", new { account, bucket })
            .ToDictionary(setting => setting.Name, setting => setting.Document);
        var policy = settings.TryGetValue(S3BucketSettings.Policy, out var document) ? IdentityPolicy.ParseBucket(document).Value : null;
        return new BucketDoor(account, policy, IsRestricted(settings.GetValueOrDefault(S3BucketSettings.PublicAccess)));
    }

    /// <summary>AWS: a bucket of today restricts public policies until somebody says otherwise.</summary>
    private static bool IsRestricted(string? block) =>
        block is null || (block.Length > 0 && XElement.Parse(block).Element("RestrictPublicBuckets")?.Value.Trim().Equals("true", StringComparison.OrdinalIgnoreCase) == true);
}

/// <summary>A bucket as rights see it.</summary>
/// <param name="Account">Who has it.</param>
/// <param name="Policy">Null where none is set.</param>
/// <param name="RestrictsPublic">Whether a public policy lets in nobody but the account's own.</param>
public sealed record BucketDoor(string Account, IdentityPolicy? Policy, bool RestrictsPublic)
{
    /// <summary>Whether somebody without a signature might be let in.</summary>
    public bool IsPublic => Policy is not null && !RestrictsPublic && BucketRules.IsPublic(Policy);
}
