using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>Rows of policies, their versions and their attachments.</summary>
internal static class PolicyStore
{
    public static PolicyRow? Find(ReadSession session, string account, string policy) =>
        session.First<PolicyRow>("SELECT * FROM policy WHERE account = @account AND policy_name = @policy", new { account, policy });

    public static bool Exists(ReadSession session, string account, string policy) => Find(session, account, policy) is not null;

    /// <summary>A version by its id, or null; the model says that ids are digits, not how many.</summary>
    public static VersionRow? FindVersion(ReadSession session, string account, string policy, string versionId) =>
        long.TryParse(versionId, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? session.First<VersionRow>(
                "SELECT * FROM policy_version WHERE account = @account AND policy_name = @policy AND version = @version", new { account, policy, version })
            : null;

    public static List<VersionRow> Versions(ReadSession session, string account, string policy) => session.Query<VersionRow>(
        "SELECT * FROM policy_version WHERE account = @account AND policy_name = @policy ORDER BY version DESC", new { account, policy });

    public static void Insert(WriteSession session, string account, string policy, string generationId) => session.Execute(
        """
        INSERT INTO policy (account, policy_name, default_version, last_version, generation_id, created_at_ms, modified_at_ms)
        VALUES (@account, @policy, 1, 1, @generationId, @NowMs, @NowMs)
        """,
        new { account, policy, generationId, session.NowMs });

    public static void InsertVersion(WriteSession session, string account, string policy, long version, string document) => session.Execute(
        "INSERT INTO policy_version (account, policy_name, version, document, created_at_ms) VALUES (@account, @policy, @version, @document, @NowMs)",
        new { account, policy, version, document, session.NowMs });

    public static void Update(WriteSession session, string account, PolicyRow row) => session.Execute(
        """
        UPDATE policy SET default_version = @DefaultVersion, last_version = @LastVersion, modified_at_ms = @NowMs
        WHERE account = @account AND policy_name = @PolicyName
        """,
        new { account, row.PolicyName, row.DefaultVersion, row.LastVersion, session.NowMs });

    public static void DeleteVersion(WriteSession session, string account, string policy, long version) => session.Execute(
        "DELETE FROM policy_version WHERE account = @account AND policy_name = @policy AND version = @version", new { account, policy, version });

    public static void Delete(WriteSession session, string account, string policy)
    {
        session.Execute("DELETE FROM policy_version WHERE account = @account AND policy_name = @policy", new { account, policy });
        session.Execute("DELETE FROM policy WHERE account = @account AND policy_name = @policy", new { account, policy });
    }

    /// <summary>The last parts of the ARNs that a policy is attached to, some of them where there are more than <paramref name="max"/>.</summary>
    public static List<string> Targets(ReadSession session, string account, string policy, int max) => session.Query<string>(
        "SELECT target FROM policy_attachment WHERE account = @account AND policy_name = @policy LIMIT @max", new { account, policy, max });

    /// <summary>Attaches; false if it was attached already.</summary>
    public static bool Attach(WriteSession session, string account, string policy, string target) => session.Execute(
        """
        INSERT INTO policy_attachment (account, target, policy_name, attached_at_ms) VALUES (@account, @target, @policy, @NowMs)
        ON CONFLICT (account, target, policy_name) DO NOTHING
        """,
        new { account, policy, target, session.NowMs }) > 0;

    /// <summary>Detaches; false if it was not attached.</summary>
    public static bool Detach(WriteSession session, string account, string policy, string target) => session.Execute(
        "DELETE FROM policy_attachment WHERE account = @account AND target = @target AND policy_name = @policy", new { account, policy, target }) > 0;

    public static long CountAttached(ReadSession session, string account, string target) =>
        session.First<long>("SELECT COUNT(*) FROM policy_attachment WHERE account = @account AND target = @target", new { account, target });

    /// <summary>The last part of a target's ARN, <c>cert/ID</c> or <c>thinggroup/NAME</c>.</summary>
    public static Result<string> ReadTarget(Caller caller, string target) =>
        Arn.Parse(target) is { Service: "iot", ResourceType: "cert" or "thinggroup" } arn && arn.Account == caller.Account
            ? arn.ResourceType == "cert" ? arn.Resource.ToLowerInvariant() : arn.Resource
            : PolicyErrors.BadTarget(target);
}

internal sealed record PolicyRow
{
    public string PolicyName { get; init; } = "";

    public long DefaultVersion { get; init; }

    public long LastVersion { get; init; }

    public string GenerationId { get; init; } = "";

    public long CreatedAtMs { get; init; }

    public long ModifiedAtMs { get; init; }
}

internal sealed record VersionRow
{
    public long Version { get; init; }

    public string Document { get; init; } = "";

    public long CreatedAtMs { get; init; }

    public string VersionId => Version.ToString(CultureInfo.InvariantCulture);

    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds(CreatedAtMs);
}
