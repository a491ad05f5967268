using System.Collections.Concurrent;
using Godwit.Core;
using Godwit.Mqtt.Packets;
using Godwit.Server.Access;
using Godwit.Server.Iam;
using Godwit.Server.Mqtt;

namespace Godwit.Server.Http;

/// <summary>
/// Live WebSockets that a signature opened. When a key stops or the rights of a user or role change, all are looked at again, and those that could not be
/// opened any more are ended: what is taken away must not live on for the rest of the day.
/// </summary>
internal sealed class SignedSockets : IDisposable
{
    private readonly AccessKeys _keys;
    private readonly IamDirectory _directory;
    private readonly AccessControl _access;
    private readonly DeviceDoor _door;
    private readonly ConcurrentDictionary<SignedUser, AccessKey> _live = new(ReferenceEqualityComparer.Instance);
    private int _due;

    public SignedSockets(AccessKeys keys, IamDirectory directory, AccessControl access, DeviceDoor door)
    {
        (_keys, _directory, _access, _door) = (keys, directory, access, door);
        keys.Stopped += Changed;
        directory.Changed += Changed;
    }

    /// <summary>A signed connection may do everything in its account, so only who may do everything with messages may have one.</summary>
    public ServiceError? Refuse(AccessKey key)
    {
        foreach (var action in (string[])["iot:Connect", "iot:Publish", "iot:Subscribe", "iot:Receive"])
        {
            if (_access.Refuse(key, "iot", action, "*", []) is { } refusal)
                return refusal;
        }

        return null;
    }

    /// <summary>Watched until disposed. What changed since the signature was looked at counts too.</summary>
    public IDisposable Watch(SignedUser user, AccessKey key)
    {
        _live[user] = key;
        if (!IsGood(key))
            user.End();
        return new Watched(this, user);
    }

    public void Dispose()
    {
        _keys.Stopped -= Changed;
        _directory.Changed -= Changed;
    }

    /// <summary>On the database's writer: only noted. Changes that come before the look share it.</summary>
    private void Changed(string which)
    {
        if (!_live.IsEmpty && Interlocked.Exchange(ref _due, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static sockets => sockets.Look(), this, preferLocal: false);
    }

    private void Look()
    {
        Volatile.Write(ref _due, 0);
        var over = false;
        foreach (var (user, key) in _live)
        {
            if (user.IsOver || IsGood(key))
                continue;
            user.End();
            over = true;
        }
        if (over)
            _door.Broker?.Disconnect(connection => DeviceGateway.IsOver(connection), ReasonCode.NotAuthorized);
    }

    /// <summary>A temporary key has no entry that could stop; its user or role has.</summary>
    private bool IsGood(AccessKey key) => (key.Session is not null || _keys.Find(key.Id) is not null) && Refuse(key) is null;

    private sealed class Watched(SignedSockets sockets, SignedUser user) : IDisposable
    {
        public void Dispose() => sockets._live.TryRemove(user, out _);
    }
}
