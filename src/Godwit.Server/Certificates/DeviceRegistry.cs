using System.Text.Json;
using Godwit.Core.Access;
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
    private const string GroupPoliciesSql =
        $"""
        SELECT p.policy_name, p.generation_id, v.version, v.document FROM policy_attachment a
        JOIN policy p ON p.account = a.account AND p.policy_name = a.policy_name
        JOIN policy_version v ON v.account = p.account AND v.policy_name = p.policy_name AND v.version = p.default_version
        WHERE a.account = @account AND a.target IN (SELECT 'thinggroup/' || g.group_name FROM ({Membership.GroupsOfThingSql}) g)
        """;

    /// <summary>
    /// Raised after the commit, on the writer's thread: mark and return. Status, policies, attachments, thing or group membership of the
    /// named certificate have changed; without a certificate, any of the account's may have.
    /// </summary>
    public event Action<DeviceChange>? Changed;

    /// <summary>The identity behind a certificate (64 lower-case hex digits), or null where it is not registered. The status is for the caller to judge.</summary>
    public Task<DeviceIdentity?> Find(string certificateId, CancellationToken ct) => database.Read(session => Find(session, certificateId), ct);

    /// <summary>A thing's type and attributes, or null where there is no such thing.</summary>
    public Task<DeviceThing?> FindThing(string account, string thing, CancellationToken ct) =>
        database.Read(session => session.First<ThingRow>(
            "SELECT thing_name, thing_type_name, attributes FROM thing WHERE account = @account AND thing_name = @thing", new { account, thing })?.ToThing(), ct);

    /// <summary>Says after the commit that one certificate's identity has changed.</summary>
    internal void Touch(WriteSession session, string account, string certificateId) =>
        session.AfterCommit(() => Changed?.Invoke(new DeviceChange(account, certificateId)));

    /// <summary>Says after the commit that any identity of the account may have changed.</summary>
    internal void TouchAll(WriteSession session, string account) =>
        session.AfterCommit(() => Changed?.Invoke(new DeviceChange(account, null)));

    /// <summary>Says after the commit that the certificates attached to a thing have changed.</summary>
    internal void TouchThing(WriteSession session, string account, string thing)
    {
        foreach (var id in session.Query<string>(
                     "SELECT certificate_id FROM thing_principal WHERE account = @account AND thing_name = @thing", new { account, thing }))
            Touch(session, account, id);
    }

    private static DeviceIdentity? Find(ReadSession session, string certificateId)
    {
        var row = session.First<CertificateRow>("SELECT * FROM certificate WHERE certificate_id = @certificateId", new { certificateId });
        if (row is null)
            return null;
        var things = session.Query<ThingRow>(
            """
            SELECT t.thing_name, t.thing_type_name, t.attributes FROM thing_principal p
            JOIN thing t ON t.account = p.account AND t.thing_name = p.thing_name
            WHERE p.account = @Account AND p.certificate_id = @certificateId ORDER BY t.thing_name
            """,
            new { row.Account, certificateId });
        var policies = new Dictionary<string, DevicePolicy>();
        foreach (var policy in PoliciesOf(session, row.Account, certificateId, things))
            policies.TryAdd(policy.PolicyName, policy);
        return new DeviceIdentity(certificateId, row.Account, row.Region, row.Status, row.Pem, things.ConvertAll(thing => thing.ToThing()), [.. policies.Values]);
    }

    private static IEnumerable<DevicePolicy> PoliciesOf(ReadSession session, string account, string certificateId, List<ThingRow> things) =>
        session.Query<DevicePolicy>(
            """
            SELECT p.policy_name, p.generation_id, v.version, v.document FROM policy_attachment a
            JOIN policy p ON p.account = a.account AND p.policy_name = a.policy_name
            JOIN policy_version v ON v.account = p.account AND v.policy_name = p.policy_name AND v.version = p.default_version
            WHERE a.account = @account AND a.target = @target
            """,
            new { account, target = "cert/" + certificateId })
        .Concat(things.SelectMany(thing => session.Query<DevicePolicy>(GroupPoliciesSql, new { account, thing = thing.ThingName })));

    private sealed record ThingRow
    {
        public string ThingName { get; init; } = "";

        public string? ThingTypeName { get; init; }

        public string Attributes { get; init; } = "";

        public DeviceThing ToThing() => new(ThingName, ThingTypeName, JsonSerializer.Deserialize<Dictionary<string, string>>(Attributes)!);
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
    public Caller Caller => new(Account, Region, Core.Arn.Iot(Region, Account, "cert/" + CertificateId).ToString(), "", CertificateId);
}

/// <summary>A thing as policy variables see it.</summary>
public sealed record DeviceThing(string ThingName, string? ThingTypeName, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A policy's default version. <see cref="GenerationId"/> and <see cref="Version"/> stand for one document for ever, so what is made of it can be kept and shared.</summary>
public sealed record DevicePolicy
{
    public string PolicyName { get; init; } = "";

    /// <summary>Made with the policy: a policy deleted and created again under its old name has another.</summary>
    public string GenerationId { get; init; } = "";

    public long Version { get; init; }

    public string Document { get; init; } = "";
}
