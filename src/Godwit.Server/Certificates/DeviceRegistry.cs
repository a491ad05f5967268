using Godwit.Core.Access;
using Godwit.Core.Why;
using Godwit.Server.Policies;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Certificates;

/// <summary>
/// What the device door needs to know of a client certificate, in one read at connect. The door keeps the answer and
/// asks again when <see cref="Changed"/> names it.
/// </summary>
public sealed class DeviceRegistry(Database database)
{
    /// <summary>
    /// Raised after the commit, on the writer's thread: mark and return. Status, policies, attachments, thing or group membership of the
    /// named certificate have changed; without a certificate, any of the account's may have.
    /// </summary>
    public event Action<DeviceChange>? Changed;

    /// <summary>The identity behind a certificate (64 lower-case hex digits), or null where it is not registered. The status is for the caller to judge.</summary>
    public Task<DeviceIdentity?> Find(string certificateId, CancellationToken ct) => database.Read(session => Find(session, certificateId), ct);

    /// <summary>The certificates that a thing has, usable or not.</summary>
    public Task<List<CertificateFact>> CertificatesOf(string account, string thing, CancellationToken ct) => database.Read(
        session => PrincipalStore.CertificatesOf(session, account, thing)
            .Select(id => CertificateStore.Find(session, account, id))
            .OfType<CertificateRow>()
            .Select(row => new CertificateFact(
                row.CertificateId, row.Status, DateTimeOffset.FromUnixTimeMilliseconds(row.NotBeforeMs), DateTimeOffset.FromUnixTimeMilliseconds(row.NotAfterMs),
                DevicePolicy.For(session, account, row.CertificateId, [thing]).Count))
            .ToList(),
        ct);

    /// <summary>A thing's type and attributes, or null where there is no such thing.</summary>
    public Task<DeviceThing?> FindThing(string account, string thing, CancellationToken ct) =>
        database.Read(session => DeviceThing.Find(session, account, thing), ct);

    /// <summary>Says after the commit that one certificate's identity has changed.</summary>
    internal void Touch(WriteSession session, string account, string certificateId) =>
        session.AfterCommit(() => Changed?.Invoke(new DeviceChange(account, certificateId)));

    /// <summary>Says after the commit that any identity of the account may have changed.</summary>
    internal void TouchAll(WriteSession session, string account) =>
        session.AfterCommit(() => Changed?.Invoke(new DeviceChange(account, null)));

    /// <summary>How changes of things and groups reach the devices behind them.</summary>
    internal RegistryHook RegistryHook => new()
    {
        Joined = (session, caller, group, thing) => TouchMember(session, caller.Account, group, thing),
        Left = (session, caller, group, thing) => TouchMember(session, caller.Account, group, thing),
        ThingChanged = (session, caller, thing) => TouchThing(session, caller.Account, thing),
        KeepsThing = (session, caller, thing) => PrincipalStore.HasPrincipals(session, caller.Account, thing) ? CertificateErrors.ThingAttached(thing) : null,
        GroupDeleted = (session, caller, group) =>
        {
            if (DevicePolicy.AnyOnGroup(session, caller.Account, group))
                TouchAll(session, caller.Account);
        },
    };

    /// <summary>How changes of policies reach the devices behind them.</summary>
    internal PolicyHook PolicyHook => new()
    {
        Changed = (session, caller, targets) =>
        {
            // Behind a group stand all things below it: cheaper to say "all" than to name them.
            if (targets is null || targets.Any(target => !target.StartsWith(CertificateTarget, StringComparison.Ordinal)))
                TouchAll(session, caller.Account);
            else
                foreach (var target in targets)
                    Touch(session, caller.Account, target[CertificateTarget.Length..]);
        },
    };

    private const string CertificateTarget = "cert/";

    private void TouchMember(WriteSession session, string account, string group, string thing)
    {
        if (DevicePolicy.AnyOnGroup(session, account, group))
            TouchThing(session, account, thing);
    }

    private void TouchThing(WriteSession session, string account, string thing)
    {
        foreach (var certificateId in PrincipalStore.CertificatesOf(session, account, thing))
            Touch(session, account, certificateId);
    }

    private static DeviceIdentity? Find(ReadSession session, string certificateId)
    {
        var row = session.First<CertificateRow>("SELECT * FROM certificate WHERE certificate_id = @certificateId", new { certificateId });
        if (row is null)
            return null;
        var names = PrincipalStore.ThingsOf(session, row.Account, certificateId);
        var things = names.ConvertAll(name => DeviceThing.Find(session, row.Account, name)
            ?? throw new InvalidOperationException($"Certificate {certificateId} is attached to thing {name}, which is not there."));
        return new DeviceIdentity(
            certificateId, row.Account, row.Region, row.Status, row.Pem, things, DevicePolicy.For(session, row.Account, certificateId, names))
        {
            ExclusiveThing = names.Count == 1 && PrincipalStore.IsExclusive(session, row.Account, certificateId, names[0]) ? names[0] : null,
        };
    }
}

/// <summary>A certificate whose identity has changed, or (without one) the whole account.</summary>
public sealed record DeviceChange(string Account, string? CertificateId);

/// <summary>Who a client certificate is.</summary>
/// <param name="Region">Where it was registered; it stands in the ARNs of its policies.</param>
/// <param name="Status">AWS's word: only <c>ACTIVE</c> may connect.</param>
/// <param name="Things">The things it is attached to, by name.</param>
/// <param name="Policies">Default versions of its policies and of those on the groups of its things (groups above included), each once.</param>
public sealed record DeviceIdentity(
    string CertificateId,
    string Account,
    string Region,
    string Status,
    string Pem,
    IReadOnlyList<DeviceThing> Things,
    IReadOnlyList<DevicePolicy> Policies)
{
    /// <summary>The thing to which it is attached as EXCLUSIVE_THING.</summary>
    public string? ExclusiveThing { get; init; }

    public Caller Caller => new(Account, Region, Core.Arn.Iot(Region, Account, "cert/" + CertificateId).ToString(), "", CertificateId);
}
