using System.Xml.Linq;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>The operations on roles themselves.</summary>
internal sealed class Roles(IamDirectory directory, IRandomSource random)
{
    /// <summary>AWS: IAM quotas > Roles in an account.</summary>
    private const int RolesMax = 1000;

    private const int SessionSecondsMin = 3600, SessionSecondsMax = 43200;

    public IEnumerable<IamOperation> Operations =>
    [
        new("CreateRole", call => ArnOf(call, call.Form.Has("Path") ? call.Form.Path() : "/")) { Change = Create },
        new("GetRole", ArnOf) { Read = Get },
        new("ListRoles", Anything) { Read = List },
        new("UpdateRole", ArnOf) { Change = Update },
        new("UpdateRoleDescription", ArnOf) { Change = UpdateDescription },
        new("UpdateAssumeRolePolicy", ArnOf) { Change = UpdateTrust },
        new("DeleteRole", ArnOf) { Change = Delete },
        new("ListInstanceProfilesForRole", ArnOf) { Read = ListInstanceProfiles },
    ];

    internal static string Anything(IamCall call) => $"arn:aws:iam::{call.Account}:*";

    private string ArnOf(IamCall call)
    {
        var name = call.Form.Name("RoleName");
        return directory.Role(call.Account, name)?.Arn ?? $"arn:aws:iam::{call.Account}:role/{name}";
    }

    private static string ArnOf(IamCall call, string path) => $"arn:aws:iam::{call.Account}:role{path}{call.Form.Name("RoleName")}";

    private Result<XElement[]> Create(IamCall call, WriteSession session)
    {
        var form = call.Form;
        var row = new IamEntity
        {
            Account = call.Account,
            Kind = IamEntity.Role,
            Name = form.Name("RoleName"),
            Path = form.Path(),
            Description = form.Description(),
            TrustPolicy = form.Document("AssumeRolePolicyDocument"),
            MaxSessionSeconds = form.Number("MaxSessionDuration", SessionSecondsMin, SessionSecondsMax, SessionSecondsMin),
            EntityId = EntityIds.New(random, "AROA"),
            CreatedAtMs = session.NowMs,
        };
        row = row with { NameKey = IamEntity.KeyOf(row.Name) };
        var tags = form.Tags();
        if ((form.Refusal ?? Boundary(form) ?? TrustProblem(row.TrustPolicy!)) is { } refusal)
            return refusal;
        if (IamStore.Find(session, call.Account, IamEntity.Role, row.Name) is not null)
            return IamErrors.Exists("Role", row.Name);
        if (IamStore.Count(session, call.Account, IamEntity.Role) >= RolesMax)
            return IamErrors.LimitExceeded($"Cannot exceed quota for RolesPerAccount: {RolesMax}");
        IamStore.Insert(session, row);
        IamStore.PutTags(session, row.Account, row.Kind, row.Name, tags);
        call.Record(session, "CreateRole", row.Subject, null, row.EntityId);
        directory.Refresh(session, row);
        return new[] { IamXml.Role(row, tags) };
    }

    /// <summary>Left unheeded, a boundary would allow what its author forbade.</summary>
    internal static ServiceError? Boundary(IamForm form) => form.Has("PermissionsBoundary")
        ? IamErrors.InvalidInput("PermissionsBoundary is not served by Godwit. Leave it out, and write what is forbidden as a Deny statement.")
        : null;

    private static ServiceError? TrustProblem(string document) => IdentityPolicy.Length(document) > IdentityPolicy.TrustLengthMax
        ? IamErrors.LimitExceeded($"Cannot exceed quota for ACLSizePerRole: {IdentityPolicy.TrustLengthMax}")
        : IdentityPolicy.ParseTrust(document).Error;

    private Result<XElement[]> Get(IamCall call, ReadSession session)
    {
        var row = Find(call, session);
        return row.Map(role => new[] { IamXml.Role(role, IamStore.Tags(session, role.Account, role.Kind, role.Name)) });
    }

    private static Result<XElement[]> List(IamCall call, ReadSession session) =>
        EntityList.Of(call, session, IamEntity.Role, "Roles", row => IamXml.As("member", IamXml.Role(row, [], withTags: false)));

    private Result<XElement[]> Update(IamCall call, WriteSession session)
    {
        var description = call.Form.Description();
        var seconds = call.Form.Number("MaxSessionDuration", SessionSecondsMin, SessionSecondsMax, 0);
        return Find(call, session).Then<XElement[]>(role => Change(call, session, "UpdateRole", role, role with
        {
            Description = call.Form.Has("Description") ? description : role.Description,
            MaxSessionSeconds = seconds > 0 ? seconds : role.MaxSessionSeconds,
        }));
    }

    private Result<XElement[]> UpdateDescription(IamCall call, WriteSession session)
    {
        var description = call.Form.Description();
        return Find(call, session).Then<XElement[]>(role =>
        {
            var changed = role with { Description = description };
            Change(call, session, "UpdateRoleDescription", role, changed);
            return new[] { IamXml.Role(changed, IamStore.Tags(session, role.Account, role.Kind, role.Name)) };
        });
    }

    private Result<XElement[]> UpdateTrust(IamCall call, WriteSession session)
    {
        var document = call.Form.Document();
        return Find(call, session).Then<XElement[]>(role => TrustProblem(document) is { } problem
            ? problem
            : Change(call, session, "UpdateAssumeRolePolicy", role, role with { TrustPolicy = document }));
    }

    private XElement[] Change(IamCall call, WriteSession session, string operation, IamEntity before, IamEntity after)
    {
        IamStore.Update(session, after);
        call.Record(session, operation, after.Subject, before.TrustPolicy, after.TrustPolicy);
        directory.Refresh(session, after);
        return [];
    }

    private Result<XElement[]> Delete(IamCall call, WriteSession session)
    {
        var found = Find(call, session);
        if (!found.IsOk)
            return found.Error;
        var role = found.Value;
        if (EntityList.Burden(session, role) is { } burden)
            return burden;
        IamStore.Delete(session, role);
        call.Record(session, "DeleteRole", role.Subject, role.EntityId, null);
        directory.Remove(session, role);
        return Array.Empty<XElement>();
    }

    private static Result<XElement[]> ListInstanceProfiles(IamCall call, ReadSession session) =>
        Find(call, session).Map(_ => IamXml.Page("InstanceProfiles", new Page<XElement>([], null)));

    private static Result<IamEntity> Find(IamCall call, ReadSession session)
    {
        var name = call.Form.Name("RoleName");
        if (call.Form.Refusal is { } refusal)
            return refusal;
        return IamStore.Find(session, call.Account, IamEntity.Role, name) is { } role ? role : IamErrors.NoSuchRole(name);
    }
}
