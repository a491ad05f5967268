using System.Collections.Concurrent;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>
/// All roles and users in memory, their policies read: who is who, and what they may do. Each change puts its principal here once it is committed,
/// so the next request already meets it.
/// </summary>
public sealed class IamDirectory(Database database)
{
    private const int DefaultSessionSeconds = 3600;

    private readonly ConcurrentDictionary<(string Account, string Kind, string NameKey), IamPrincipal> _all = new();
    private readonly ConcurrentDictionary<string, int> _rolesByAccount = new(StringComparer.Ordinal);

    /// <summary>A role or user whose policies, keys or existence changed: its ARN. Rung after the commit, on the writer's thread: note it, nothing longer.</summary>
    public event Action<string>? Changed;

    public async Task Load(CancellationToken ct)
    {
        var principals = await database.Read(session => IamStore.All(session).ConvertAll(row => Read(session, row)), ct);
        foreach (var principal in principals)
            Put(principal);
    }

    /// <summary>Whether an account has roles of its own. One that has none can have meant none by a role's ARN.</summary>
    public bool HasRoles(string account) => _rolesByAccount.GetValueOrDefault(account) > 0;

    public IamPrincipal? Role(string account, string name) => _all.GetValueOrDefault((account, IamEntity.Role, IamEntity.KeyOf(name)));

    public IamPrincipal? User(string account, string name) => _all.GetValueOrDefault((account, IamEntity.User, IamEntity.KeyOf(name)));

    /// <summary>The role of an ARN, paths and all; null if there is none.</summary>
    public IamPrincipal? RoleOf(string roleArn) =>
        Arn.Parse(roleArn) is { Service: "iam" } arn && arn.ResourceType == IamEntity.Role && Role(arn.Account, arn.Resource[(arn.Resource.LastIndexOf('/') + 1)..]) is { } role
            && role.Arn == roleArn
            ? role
            : null;

    /// <summary>Takes over a principal as it stands in the change's session, after the commit.</summary>
    internal void Refresh(WriteSession session, IamEntity row)
    {
        var principal = Read(session, row);
        session.AfterCommit(() =>
        {
            Put(principal);
            Changed?.Invoke(principal.Arn);
        });
    }

    /// <summary>Forgets a principal after the commit.</summary>
    internal void Remove(WriteSession session, IamEntity row) => session.AfterCommit(() =>
    {
        if (_all.TryRemove((row.Account, row.Kind, row.NameKey), out _) && row.Kind == IamEntity.Role)
            _rolesByAccount.AddOrUpdate(row.Account, 0, (_, count) => count - 1);
        Changed?.Invoke(row.Arn);
    });

    /// <summary>The document that an attached policy's ARN stands for, or null.</summary>
    internal static string? DocumentOf(ReadSession session, string account, string policyArn)
    {
        if (AwsManagedPolicies.Find(policyArn) is { } ofAws)
            return ofAws;
        return Arn.Parse(policyArn) is { Service: "iam" } arn && arn.Account == account && arn.ResourceType == "policy"
            && ManagedPolicyStore.Find(session, account, arn.Resource[(arn.Resource.LastIndexOf('/') + 1)..]) is { } policy && policy.Arn == policyArn
            ? ManagedPolicyStore.Version(session, policy, policy.DefaultVersion)?.Document
            : null;
    }

    private void Put(IamPrincipal principal)
    {
        var key = (principal.Account, principal.Kind, IamEntity.KeyOf(principal.Name));
        if (!_all.ContainsKey(key) && principal.Kind == IamEntity.Role)
            _rolesByAccount.AddOrUpdate(principal.Account, 1, (_, count) => count + 1);
        _all[key] = principal;
    }

    private static IamPrincipal Read(ReadSession session, IamEntity row)
    {
        var documents = IamStore.Inline(session, row).ConvertAll(inline => inline.Document);
        documents.AddRange(IamStore.Attached(session, row).Select(arn => DocumentOf(session, row.Account, arn)).OfType<string>());
        var trust = row.TrustPolicy is { } document ? IdentityPolicy.ParseTrust(document).Value : null;
        return new IamPrincipal(
            row.Account, row.Kind, row.Name, row.EntityId, row.Arn, trust, (int)(row.MaxSessionSeconds ?? DefaultSessionSeconds),
            documents.ConvertAll(text => IdentityPolicy.Parse(text).Value));
    }
}
