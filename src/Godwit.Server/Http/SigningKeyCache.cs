using System.Collections.Concurrent;
using Godwit.Core.Access;
using Godwit.Server.Access;

namespace Godwit.Server.Http;

/// <summary>Signing keys already derived: one for each access key, day, region and service. Full, it starts over.</summary>
internal sealed class SigningKeyCache
{
    private const int KeysMax = 4096;

    private readonly ConcurrentDictionary<(string Id, string Secret, SigV4Scope Scope), byte[]> _keys = new();

    public byte[] Find(AccessKey key, SigV4Scope scope)
    {
        if (_keys.TryGetValue((key.Id, key.Secret, scope), out var known))
            return known;
        if (_keys.Count >= KeysMax)
            _keys.Clear();
        return _keys[(key.Id, key.Secret, scope)] = SigV4.SigningKey(key.Secret, scope);
    }
}
