using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Policies;

/// <summary>A policy's default version. <see cref="GenerationId"/> and <see cref="Version"/> stand for one document for ever, so what is made of it can be kept and shared.</summary>
public sealed record DevicePolicy
{
    private const string OfTargets =
        """
        SELECT DISTINCT p.policy_name, p.generation_id, v.version, v.document FROM policy_attachment a CROSS JOIN policy p CROSS JOIN policy_version v
        WHERE p.account = a.account AND p.policy_name = a.policy_name
          AND v.account = p.account AND v.policy_name = p.policy_name AND v.version = p.default_version
          AND a.account = @account AND a.target
        """;

    internal const string OfCertificate = OfTargets + " = @target";

    internal const string OfGroups = OfTargets + $" IN (SELECT 'thinggroup/' || g.group_name FROM ({Membership.GroupsOfThingSql}) g)";

    public string PolicyName { get; init; } = "";

    /// <summary>Made with the policy: a policy deleted and created again under its old name has another.</summary>
    public string GenerationId { get; init; } = "";

    public long Version { get; init; }

    public string Document { get; init; } = "";

    /// <summary>What holds for a certificate: its own policies and those on the groups of its things, groups above included, each once.</summary>
    public static IReadOnlyList<DevicePolicy> For(ReadSession session, string account, string certificateId, IEnumerable<string> things)
    {
        var policies = session.Query<DevicePolicy>(OfCertificate, new { account, target = "cert/" + certificateId });
        foreach (var thing in things)
            foreach (var policy in session.Query<DevicePolicy>(OfGroups, new { account, thing }))
                if (!policies.Contains(policy))
                    policies.Add(policy);
        return policies;
    }

    /// <summary>A policy by its name, or null.</summary>
    public static DevicePolicy? Named(ReadSession session, string account, string policy) => session.First<DevicePolicy>(
        """
        SELECT p.policy_name, p.generation_id, v.version, v.document FROM policy p
        JOIN policy_version v ON v.account = p.account AND v.policy_name = p.policy_name AND v.version = p.default_version
        WHERE p.account = @account AND p.policy_name = @policy
        """,
        new { account, policy });

    /// <summary>Whether any policy stands on a group or on one above it, so that joining it changes what a device may do.</summary>
    public static bool AnyOnGroup(ReadSession session, string account, string group) => session.First<long>(
        """
        SELECT 1 FROM thing_group_closure c CROSS JOIN policy_attachment a
        WHERE c.account = @account AND c.descendant = @group AND a.account = c.account AND a.target = 'thinggroup/' || c.ancestor LIMIT 1
        """,
        new { account, group }) != 0;
}
