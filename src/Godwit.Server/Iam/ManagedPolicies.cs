using System.Globalization;
using System.Xml.Linq;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>Managed policies and their versions; those of AWS are read only.</summary>
internal sealed class ManagedPolicies(IamDirectory directory, IRandomSource random)
{
    /// <summary>AWS: IAM quotas > Customer managed policies in an account, Versions of a managed policy.</summary>
    private const int PoliciesMax = 1500, VersionsMax = 5;

    public IEnumerable<IamOperation> Operations =>
    [
        new("CreatePolicy", call => $"arn:aws:iam::{call.Account}:policy{call.Form.Path()}{call.Form.Name("PolicyName", 128)}") { Change = Create },
        new("GetPolicy", Named) { Read = Get },
        new("ListPolicies", Roles.Anything) { Read = List },
        new("DeletePolicy", Named) { Change = Delete },
        new("CreatePolicyVersion", Named) { Change = CreateVersion },
        new("GetPolicyVersion", Named) { Read = GetVersion },
        new("ListPolicyVersions", Named) { Read = ListVersions },
        new("SetDefaultPolicyVersion", Named) { Change = SetDefault },
        new("DeletePolicyVersion", Named) { Change = DeleteVersion },
    ];

    private static string Named(IamCall call) => call.Form.Arn();

    private Result<XElement[]> Create(IamCall call, WriteSession session)
    {
        var name = call.Form.Name("PolicyName", 128);
        var (path, description, document, tags) = (call.Form.Path(), call.Form.Description(), call.Form.Document(), call.Form.Tags());
        if ((call.Form.Refusal ?? Problem(document)) is { } refusal)
            return refusal;
        if (ManagedPolicyStore.Find(session, call.Account, name) is not null)
            return new ServiceError("EntityAlreadyExists", 409, $"A policy called {name} already exists. Duplicate names are not allowed.");
        if (ManagedPolicyStore.Count(session, call.Account) >= PoliciesMax)
            return IamErrors.LimitExceeded($"Cannot exceed quota for PoliciesPerAccount: {PoliciesMax}");
        var row = new IamPolicyRow
        {
            Account = call.Account, Name = name, NameKey = IamEntity.KeyOf(name), Path = path, Description = description, DefaultVersion = 1, LastVersion = 1,
            PolicyId = EntityIds.New(random, "ANPA"), CreatedAtMs = session.NowMs, UpdatedAtMs = session.NowMs,
        };
        ManagedPolicyStore.Insert(session, row, document);
        IamStore.PutTags(session, call.Account, "policy", name, tags);
        call.Record(session, "CreatePolicy", $"iam-policy/{name}", null, "v1");
        return new[] { Element("Policy", row, 0, tags) };
    }

    private static ServiceError? Problem(string document) => IdentityPolicy.Length(document) > IdentityPolicy.ManagedLengthMax
        ? IamErrors.LimitExceeded($"Cannot exceed quota for PolicySize: {IdentityPolicy.ManagedLengthMax}")
        : IdentityPolicy.Parse(document).Error;

    private static Result<XElement[]> Get(IamCall call, ReadSession session)
    {
        var arn = call.Form.Arn();
        if (call.Form.Refusal is { } refusal)
            return refusal;
        if (AwsManagedPolicies.Find(arn) is not null)
            return new[] { OfAws("Policy", arn, IamStore.Holders(session, call.Account, arn).Count) };
        return Find(call, session).Map(row => new[]
        {
            Element("Policy", row, IamStore.Holders(session, call.Account, row.Arn).Count, IamStore.Tags(session, row.Account, "policy", row.Name)),
        });
    }

    private static Result<XElement[]> List(IamCall call, ReadSession session)
    {
        var scope = call.Form.Has("Scope") ? call.Form.OneOf("Scope", "All", "AWS", "Local") : "All";
        var prefix = call.Form.PathPrefix();
        if (call.Form.Refusal is { } refusal)
            return refusal;
        var members = new List<XElement>();
        if (scope != "AWS")
            members.AddRange(ManagedPolicyStore.List(session, call.Account, prefix, "", PoliciesMax)
                .Select(row => Element("member", row, IamStore.Holders(session, call.Account, row.Arn).Count, [])));
        if (scope != "Local")
            members.AddRange(AwsManagedPolicies.Arns.Where(arn => AwsManagedPolicies.PathOf(arn).StartsWith(prefix, StringComparison.Ordinal))
                .Select(arn => OfAws("member", arn, IamStore.Holders(session, call.Account, arn).Count)));
        if (call.Form.Has("OnlyAttached") && call.Form.OneOf("OnlyAttached", "true", "false") == "true")
            members.RemoveAll(member => member.Element("AttachmentCount")!.Value == "0");
        return EntityList.Of(call, "Policies", members, member => member.Element("Arn")!.Value, member => member);
    }

    private static Result<XElement[]> Delete(IamCall call, WriteSession session) => Find(call, session).Then<XElement[]>(row =>
    {
        if (IamStore.Holders(session, call.Account, row.Arn).Count > 0)
            return IamErrors.DeleteConflict("Cannot delete a policy attached to entities.");
        if (ManagedPolicyStore.Versions(session, row).Count > 1)
            return IamErrors.DeleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.");
        ManagedPolicyStore.Delete(session, row);
        call.Record(session, "DeletePolicy", $"iam-policy/{row.Name}", $"v{row.DefaultVersion}", null);
        return Array.Empty<XElement>();
    });

    private Result<XElement[]> CreateVersion(IamCall call, WriteSession session)
    {
        var document = call.Form.Document();
        var makesDefault = call.Form.Has("SetAsDefault") && call.Form.OneOf("SetAsDefault", "true", "false") == "true";
        return Find(call, session).Then<XElement[]>(row =>
        {
            if (Problem(document) is { } problem)
                return problem;
            if (ManagedPolicyStore.Versions(session, row).Count >= VersionsMax)
                return IamErrors.LimitExceeded($"A managed policy can have up to {VersionsMax} versions. Before you create a new version, you must delete an existing version.");
            var number = row.LastVersion + 1;
            ManagedPolicyStore.InsertVersion(session, row, number, document);
            var changed = row with { LastVersion = number, DefaultVersion = makesDefault ? number : row.DefaultVersion };
            Change(call, session, "CreatePolicyVersion", changed, $"v{number}");
            return new[] { Version("PolicyVersion", changed, ManagedPolicyStore.Version(session, row, number)!, withDocument: false) };
        });
    }

    private Result<XElement[]> SetDefault(IamCall call, WriteSession session) => FindVersion(call, session).Then<XElement[]>(found =>
    {
        Change(call, session, "SetDefaultPolicyVersion", found.Policy with { DefaultVersion = found.Version.Version }, $"v{found.Version.Version}");
        return Array.Empty<XElement>();
    });

    private static Result<XElement[]> DeleteVersion(IamCall call, WriteSession session) => FindVersion(call, session).Then<XElement[]>(found =>
    {
        if (found.Version.Version == found.Policy.DefaultVersion)
            return IamErrors.DeleteConflict("Cannot delete the default version of a policy.");
        ManagedPolicyStore.DeleteVersion(session, found.Policy, found.Version.Version);
        call.Record(session, "DeletePolicyVersion", $"iam-policy/{found.Policy.Name}", $"v{found.Version.Version}", null);
        return Array.Empty<XElement>();
    });

    /// <summary>Whoever has the policy attached is bound by its new default from now on.</summary>
    private void Change(IamCall call, WriteSession session, string operation, IamPolicyRow row, string to)
    {
        ManagedPolicyStore.Update(session, row with { UpdatedAtMs = session.NowMs });
        call.Record(session, operation, $"iam-policy/{row.Name}", null, to);
        foreach (var holder in IamStore.Holders(session, row.Account, row.Arn))
            directory.Refresh(session, holder);
    }

    private static Result<XElement[]> GetVersion(IamCall call, ReadSession session)
    {
        var (arn, version) = (call.Form.Arn(), VersionId(call));
        if (call.Form.Refusal is { } refusal)
            return refusal;
        if (AwsManagedPolicies.Find(arn) is not { } document)
            return FindVersion(call, session).Map(found => new[] { Version("PolicyVersion", found.Policy, found.Version, withDocument: true) });
        var ofAws = new IamPolicyRow { DefaultVersion = 1 };
        return version == 1
            ? new[] { Version("PolicyVersion", ofAws, new IamPolicyVersionRow { Version = 1, Document = document }, withDocument: true) }
            : NoVersion(arn, version);
    }

    private static Result<XElement[]> ListVersions(IamCall call, ReadSession session) => Find(call, session).Then(row => EntityList.Of(
        call, "Versions", ManagedPolicyStore.Versions(session, row), version => version.Version.ToString("D9", CultureInfo.InvariantCulture),
        version => Version("member", row, version, withDocument: false)));

    private static Result<(IamPolicyRow Policy, IamPolicyVersionRow Version)> FindVersion(IamCall call, ReadSession session)
    {
        var version = VersionId(call);
        return Find(call, session).Then<(IamPolicyRow, IamPolicyVersionRow)>(row =>
            ManagedPolicyStore.Version(session, row, version) is { } found ? (row, found) : NoVersion(row.Arn, version));
    }

    private static long VersionId(IamCall call)
    {
        var text = call.Form.Required("VersionId", 2, 32, null, "");
        return text.StartsWith('v') && long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static ServiceError NoVersion(string arn, long version) => IamErrors.NoSuchEntity($"Policy {arn} version v{version} does not exist or is not attachable.");

    private static Result<IamPolicyRow> Find(IamCall call, ReadSession session)
    {
        var arn = call.Form.Arn();
        if (call.Form.Refusal is { } refusal)
            return refusal;
        if (Arn.Parse(arn) is { Service: "iam" } parsed && parsed.Account == call.Account && parsed.ResourceType == "policy"
            && ManagedPolicyStore.Find(session, call.Account, parsed.Resource[(parsed.Resource.LastIndexOf('/') + 1)..]) is { } row && row.Arn == arn)
            return row;
        return AwsManagedPolicies.Find(arn) is not null
            ? IamErrors.AccessDenied($"Policy {arn} is AWS's own and cannot be changed. Make a policy of your own with CreatePolicy.")
            : IamErrors.NoSuchEntity($"Policy {arn} was not found.");
    }

    private static XElement Element(string name, IamPolicyRow row, int attached, IReadOnlyList<KeyValuePair<string, string>> tags) => new(name,
        new XElement("PolicyName", row.Name), new XElement("PolicyId", row.PolicyId), new XElement("Arn", row.Arn), new XElement("Path", row.Path),
        new XElement("DefaultVersionId", $"v{row.DefaultVersion}"), new XElement("AttachmentCount", attached), new XElement("PermissionsBoundaryUsageCount", 0),
        new XElement("IsAttachable", "true"), IamXml.Given("Description", row.Description), new XElement("CreateDate", IamXml.Date(row.CreatedAtMs)),
        new XElement("UpdateDate", IamXml.Date(row.UpdatedAtMs)), tags.Count > 0 ? IamXml.Tags(tags) : null);

    private static XElement OfAws(string name, string arn, int attached) => new(name,
        new XElement("PolicyName", AwsManagedPolicies.NameOf(arn)), new XElement("PolicyId", "ANPA" + AwsManagedPolicies.NameOf(arn).ToUpperInvariant()),
        new XElement("Arn", arn), new XElement("Path", AwsManagedPolicies.PathOf(arn)), new XElement("DefaultVersionId", "v1"), new XElement("AttachmentCount", attached),
        new XElement("PermissionsBoundaryUsageCount", 0), new XElement("IsAttachable", "true"), new XElement("CreateDate", IamXml.Date(0)), new XElement("UpdateDate", IamXml.Date(0)));

    private static XElement Version(string name, IamPolicyRow policy, IamPolicyVersionRow version, bool withDocument) => new(name,
        withDocument ? new XElement("Document", Uri.EscapeDataString(version.Document)) : null, new XElement("VersionId", $"v{version.Version}"),
        new XElement("IsDefaultVersion", version.Version == policy.DefaultVersion ? "true" : "false"), new XElement("CreateDate", IamXml.Date(version.CreatedAtMs)));
}
