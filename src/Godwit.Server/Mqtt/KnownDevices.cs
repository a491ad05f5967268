using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Certificates;

namespace Godwit.Server.Mqtt;

/// <summary>
/// Identities and rights of devices that call over HTTPS, where every request would otherwise read the registry and compile policies again. The registry's
/// announcements take out what has changed; an answer that was being read meanwhile is used once and not kept.
/// </summary>
internal sealed class KnownDevices(DeviceAuthenticator authenticator, DeviceRegistry registry, PolicyCompiler policies) : IDisposable
{
    private const int DevicesMax = 10_000;

    /// <summary>Different things and addresses of one certificate.</summary>
    private const int RightsMax = 32;

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private long _changes;
    private int _listens;

    /// <summary>The identity behind a certificate and what it may do as the given thing, or why it may not be used.</summary>
    public async Task<(DeviceIdentity? Identity, Func<ConnectFacts, DeviceRights>? Rights, string? Refusal)> Find(X509Certificate2 certificate, CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _listens, 1) == 0)
            registry.Changed += Forget;
        var id = DeviceAuthenticator.IdOf(certificate);
        if (_known.TryGetValue(id, out var known) && authenticator.IsValidNow(certificate))
            return (known.Identity, facts => RightsOf(known, certificate, facts), null);

        var before = Volatile.Read(ref _changes);
        var (identity, refusal) = await authenticator.Identify(certificate, ct);
        if (identity is null)
            return (null, null, refusal);
        var fresh = new Known(identity);
        if (_known.Count >= DevicesMax)
            _known.Clear();
        _known[id] = fresh;
        // What was announced while it was read may have been missed.
        if (Volatile.Read(ref _changes) != before)
            _known.TryRemove(new KeyValuePair<string, Known>(id, fresh));
        return (identity, facts => RightsOf(fresh, certificate, facts), null);
    }

    public void Dispose() => registry.Changed -= Forget;

    private DeviceRights RightsOf(Known known, X509Certificate2 certificate, ConnectFacts facts)
    {
        if (known.Rights.TryGetValue(facts, out var compiled))
            return compiled;
        if (known.Rights.Count >= RightsMax)
            known.Rights.Clear();
        return known.Rights[facts] = policies.RightsOf(known.Identity, certificate, facts);
    }

    private void Forget(DeviceChange change)
    {
        Interlocked.Increment(ref _changes);
        if (change.CertificateId is { } one)
        {
            _known.TryRemove(one, out _);
            return;
        }
        foreach (var (id, known) in _known)
            if (known.Identity.Account == change.Account)
                _known.TryRemove(id, out _);
    }

    private sealed record Known(DeviceIdentity Identity)
    {
        public ConcurrentDictionary<ConnectFacts, DeviceRights> Rights { get; } = new();
    }
}
