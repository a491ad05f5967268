using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>Managed policies on roles and users: Attach, Detach and ListAttached for both kinds.</summary>
internal sealed class AttachedPolicies(IamDirectory directory, EntityNames names)
{
    /// <summary>AWS: IAM quotas > Managed policies attached to a role or user.</summary>
    private const int AttachedMax = 20;

    public IEnumerable<IamOperation> Operations =>
    [
        .. new[] { IamEntity.Role, IamEntity.User }.SelectMany(Of),
        new("ListEntitiesForPolicy", call => call.Form.Arn()) { Read = ListEntities },
    ];

    private IEnumerable<IamOperation> Of(string kind)
    {
        var noun = EntityNames.Noun(kind);
        return
        [
            new($"Attach{noun}Policy", call => names.ArnOf(call, kind)) { Change = (call, session) => Attach(call, session, kind) },
            new($"Detach{noun}Policy", call => names.ArnOf(call, kind)) { Change = (call, session) => Detach(call, session, kind) },
            new($"ListAttached{noun}Policies", call => names.ArnOf(call, kind)) { Read = (call, session) => List(call, session, kind) },
        ];
    }

    private Result<XElement[]> Attach(IamCall call, WriteSession session, string kind)
    {
        var policy = call.Form.Arn();
        return EntityNames.Find(call, session, kind).Then<XElement[]>(entity =>
        {
            if (IamDirectory.DocumentOf(session, call.Account, policy) is null)
                return policy.StartsWith("arn:aws:iam::aws:policy/", StringComparison.Ordinal)
                    ? IamErrors.NoSuchEntity($"Policy {policy} does not exist or is not attachable. Of AWS's own policies Godwit knows those of the services that it has; ListPolicies with Scope=AWS shows them.")
                    : IamErrors.NoSuchEntity($"Policy {policy} does not exist or is not attachable.");
            var attached = IamStore.Attached(session, entity);
            if (attached.Count >= AttachedMax && !attached.Contains(policy))
                return IamErrors.LimitExceeded($"Cannot exceed quota for PoliciesPer{EntityNames.Noun(kind)}: {AttachedMax}");
            IamStore.Attach(session, entity, policy);
            call.Record(session, $"Attach{EntityNames.Noun(kind)}Policy", entity.Subject, null, policy);
            directory.Refresh(session, entity);
            return Array.Empty<XElement>();
        });
    }

    private Result<XElement[]> Detach(IamCall call, WriteSession session, string kind)
    {
        var policy = call.Form.Arn();
        return EntityNames.Find(call, session, kind).Then<XElement[]>(entity =>
        {
            if (!IamStore.Detach(session, entity, policy))
                return IamErrors.NoSuchEntity($"Policy {policy} was not found.");
            call.Record(session, $"Detach{EntityNames.Noun(kind)}Policy", entity.Subject, policy, null);
            directory.Refresh(session, entity);
            return Array.Empty<XElement>();
        });
    }

    private static Result<XElement[]> List(IamCall call, ReadSession session, string kind) =>
        EntityNames.Find(call, session, kind).Then(entity => EntityList.Of(
            call, "AttachedPolicies", IamStore.Attached(session, entity), arn => arn,
            arn => new XElement("member", new XElement("PolicyName", AwsManagedPolicies.NameOf(arn)), new XElement("PolicyArn", arn))));

    private static Result<XElement[]> ListEntities(IamCall call, ReadSession session)
    {
        var policy = call.Form.Arn();
        if (call.Form.Refusal is { } refusal)
            return refusal;
        var holders = IamStore.Holders(session, call.Account, policy);
        return new[]
        {
            new XElement("PolicyGroups"),
            new XElement("PolicyUsers", Members(holders, IamEntity.User, "UserName", "UserId")),
            new XElement("PolicyRoles", Members(holders, IamEntity.Role, "RoleName", "RoleId")),
            new XElement("IsTruncated", "false"),
        };
    }

    private static IEnumerable<XElement> Members(List<IamEntity> holders, string kind, string name, string id) =>
        holders.Where(holder => holder.Kind == kind).Select(holder => new XElement("member", new XElement(name, holder.Name), new XElement(id, holder.EntityId)));
}
