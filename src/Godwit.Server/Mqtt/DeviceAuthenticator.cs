using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core.Access;
using Godwit.Mqtt;
using Godwit.Server.Certificates;
using Godwit.Server.Provisioning;

namespace Godwit.Server.Mqtt;

/// <summary>
/// Who a peer is: the SHA-256 of the certificate whose key it proved to hold is looked up, and only a registered, active, valid one counts.
/// Issuers are asked of unknown certificates only: a registered CA may make its devices known by their first CONNECT (AWS: just-in-time registration).
/// </summary>
internal sealed class DeviceAuthenticator(
    DeviceRegistry registry, JustInTimeRegistration justInTime, JustInTimeProvisioning provisioning, PolicyCompiler policies, LiveDevices live, ServerOptions options, TimeProvider time)
{
    /// <summary>
    /// Either a device or the reason, for the log, why not: peers are told no more than that they may not. Where it is registered all the same, who it is.
    /// </summary>
    public async Task<(Device? Device, string? Refusal, Caller? Known)> Authenticate(ConnectAttempt attempt, CancellationToken ct)
    {
        var facts = ConnectFacts.Of(attempt);
        if (attempt.Listener == DeviceDoor.PlainListener)
            return (Anonymous(facts), null, null);
        // An API user, by a signed WebSocket URL: users may do everything in their own account, here as at the API.
        if (attempt.Transport.HostState is SignedUser user)
        {
            return user.IsOver
                ? (null, $"access key {user.Caller.AccessKeyId} may open no WebSocket any more", null)
                : (new Device(user.Caller, facts, DeviceRights.Everything, live.Changes) { Pace = Pace() }, null, null);
        }
        if (attempt.ClientCertificate is not { } der)
            return (null, "it showed no client certificate", null);

        using var certificate = X509CertificateLoader.LoadCertificate(der);
        // Counted before the registry is read: what changes in between is noticed when the connection is added.
        var readAt = live.Changes;
        var (identity, refusal) = await Identify(certificate, RegisterJustInTime, ct);
        if (identity is null)
            return (null, refusal, null);

        var rights = policies.RightsOf(identity, certificate, facts);
        return RefusalOf(rights, attempt) is { } denied
            ? (null, denied, identity.Caller)
            : (new Device(identity.Caller, facts, rights, readAt) { ExclusiveThing = identity.ExclusiveThing, Pace = Pace() }, null, null);
    }

    /// <summary>The identity behind a certificate, if it may be used now.</summary>
    public Task<(DeviceIdentity? Identity, string? Refusal)> Identify(X509Certificate2 certificate, CancellationToken ct) =>
        Identify(certificate, (unknown, _) => Task.FromResult($"its certificate {IdOf(unknown)} is not registered"), ct);

    private async Task<string> RegisterJustInTime(X509Certificate2 certificate, CancellationToken ct)
    {
        var outcome = await justInTime.Register(certificate, ct);
        return outcome.Template is { } template ? await provisioning.Provision(template, certificate, ct) : outcome.Why;
    }

    private async Task<(DeviceIdentity? Identity, string? Refusal)> Identify(
        X509Certificate2 certificate, Func<X509Certificate2, CancellationToken, Task<string>> whenUnknown, CancellationToken ct)
    {
        var id = IdOf(certificate);
        if (!IsValidNow(certificate))
            return (null, $"its certificate {id} is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u} only");
        return await registry.Find(id, ct) switch
        {
            null => (null, await whenUnknown(certificate, ct)),
            { Status: "ACTIVE" } identity => (identity, null),
            var other => (null, $"its certificate {id} is {other.Status}"),
        };
    }

    public bool IsValidNow(X509Certificate2 certificate)
    {
        var now = time.GetUtcNow();
        return now >= certificate.NotBefore && now <= certificate.NotAfter;
    }

    /// <summary>What a live connection may do now, or null where it may no longer be connected.</summary>
    public async Task<DeviceRights?> RightsNow(string certificateId, ConnectFacts facts, CancellationToken ct)
    {
        if (await registry.Find(certificateId, ct) is not { Status: "ACTIVE" } identity)
            return null;
        using var certificate = X509Certificate2.CreateFromPem(identity.Pem);
        var rights = policies.RightsOf(identity, certificate, facts);
        return rights.MayConnect(facts.ClientId!) ? rights : null;
    }

    public static string IdOf(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));

    private Device Anonymous(ConnectFacts facts)
    {
        var caller = new Caller(options.DefaultAccount, options.DefaultRegion, $"arn:aws:iot:{options.DefaultRegion}:{options.DefaultAccount}:anonymous", "");
        return new Device(caller, facts, DeviceRights.Everything, live.Changes) { Pace = Pace() };
    }

    private BlockPace? Pace() => options.FaithfulQuotas ? new BlockPace(time) : null;

    /// <summary>AWS: a will is a publish in advance; a client that may not send it may not connect with it.</summary>
    private static string? RefusalOf(DeviceRights rights, ConnectAttempt attempt)
    {
        if (!rights.MayConnect(attempt.ClientId))
            return $"no policy of its certificate allows iot:Connect on client/{attempt.ClientId}";
        if (attempt.Will is { } will && !(rights.MayPublish(will.Topic) && (!will.Retain || rights.MayRetain(will.Topic))))
            return $"no policy of its certificate allows its will on {will.Topic}";
        return null;
    }
}
