using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Godwit.Server.Objects;

/// <summary>Object versions that were asked for lately. A change forgets its key after the commit and before its caller hears of it.</summary>
public sealed class ObjectCache
{
    private const int CountMax = 8192;

    private readonly ConcurrentDictionary<ObjectAddress, ObjectVersion> _known = new();
    private long _generation;

    /// <summary>
    /// An object got a new latest version or lost one; the address names no version. Raised on the writer's thread after the commit: drop something, nothing longer.
    /// </summary>
    public event Action<ObjectAddress>? Changed;

    /// <summary>Counts the changes; what was read before one may be old after it and is not kept.</summary>
    public long Generation => Interlocked.Read(ref _generation);

    public bool TryGet(ObjectAddress address, [NotNullWhen(true)] out ObjectVersion? version) => _known.TryGetValue(address, out version);

    public void Add(ObjectAddress address, ObjectVersion version, long readAt)
    {
        if (readAt != Generation)
            return;
        if (_known.Count >= CountMax)
            _known.Clear();
        _known[address] = version;
        // A change between the check and the insert has already forgotten, so it must be forgotten here.
        if (readAt != Generation)
            _known.TryRemove(address, out _);
    }

    public void Forget(string account, string bucket, string key)
    {
        Interlocked.Increment(ref _generation);
        // Versions are immutable, so only a removed one matters; which it was is not worth knowing on this rare path.
        foreach (var address in _known.Keys)
        {
            if (address.Key == key && address.Bucket == bucket && address.Account == account)
                _known.TryRemove(address, out _);
        }
        Changed?.Invoke(new ObjectAddress(account, bucket, key, null));
    }
}

/// <summary>Where an object version is; no version id means the latest.</summary>
public readonly record struct ObjectAddress(string Account, string Bucket, string Key, string? VersionId);
