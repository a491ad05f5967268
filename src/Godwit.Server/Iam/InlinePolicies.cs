using System.Xml.Linq;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>Policies that belong to one role or one user: Put, Get, List and Delete for both kinds.</summary>
internal sealed class InlinePolicies(IamDirectory directory, EntityNames names)
{
    /// <summary>AWS: IAM quotas > the inline policies of one role or user, all together; white space is free.</summary>
    private const int RoleLengthMax = 10240, UserLengthMax = 2048;

    public IEnumerable<IamOperation> Operations => new[] { IamEntity.Role, IamEntity.User }.SelectMany(Of);

    private IEnumerable<IamOperation> Of(string kind)
    {
        var noun = EntityNames.Noun(kind);
        return
        [
            new($"Put{noun}Policy", call => names.ArnOf(call, kind)) { Change = (call, session) => Put(call, session, kind) },
            new($"Get{noun}Policy", call => names.ArnOf(call, kind)) { Read = (call, session) => Get(call, session, kind) },
            new($"List{noun}Policies", call => names.ArnOf(call, kind)) { Read = (call, session) => List(call, session, kind) },
            new($"Delete{noun}Policy", call => names.ArnOf(call, kind)) { Change = (call, session) => Delete(call, session, kind) },
        ];
    }

    private Result<XElement[]> Put(IamCall call, WriteSession session, string kind)
    {
        var (name, document) = (call.Form.Name("PolicyName", 128), call.Form.Document());
        return EntityNames.Find(call, session, kind).Then<XElement[]>(entity =>
        {
            if (IdentityPolicy.Parse(document).Error is { } malformed)
                return malformed;
            var max = kind == IamEntity.Role ? RoleLengthMax : UserLengthMax;
            var others = IamStore.Inline(session, entity).Where(inline => inline.PolicyName != name).Sum(inline => IdentityPolicy.Length(inline.Document));
            if (others + IdentityPolicy.Length(document) > max)
                return IamErrors.LimitExceeded($"Maximum policy size of {max} bytes exceeded for {kind} {entity.Name}");
            IamStore.PutInline(session, entity, name, document);
            call.Record(session, $"Put{EntityNames.Noun(kind)}Policy", entity.Subject, null, name);
            directory.Refresh(session, entity);
            return Array.Empty<XElement>();
        });
    }

    private static Result<XElement[]> Get(IamCall call, ReadSession session, string kind)
    {
        var name = call.Form.Name("PolicyName", 128);
        return EntityNames.Find(call, session, kind).Then<XElement[]>(entity =>
        {
            var found = IamStore.Inline(session, entity).Find(inline => inline.PolicyName == name);
            return found.Document is null
                ? NoPolicy(kind, name)
                : new[]
                {
                    new XElement($"{EntityNames.Noun(kind)}Name", entity.Name), new XElement("PolicyName", name),
                    new XElement("PolicyDocument", Uri.EscapeDataString(found.Document)),
                };
        });
    }

    private static Result<XElement[]> List(IamCall call, ReadSession session, string kind) =>
        EntityNames.Find(call, session, kind).Then(entity => EntityList.Of(
            call, "PolicyNames", IamStore.Inline(session, entity), inline => inline.PolicyName, inline => new XElement("member", inline.PolicyName)));

    private Result<XElement[]> Delete(IamCall call, WriteSession session, string kind)
    {
        var name = call.Form.Name("PolicyName", 128);
        return EntityNames.Find(call, session, kind).Then<XElement[]>(entity =>
        {
            if (!IamStore.DeleteInline(session, entity, name))
                return NoPolicy(kind, name);
            call.Record(session, $"Delete{EntityNames.Noun(kind)}Policy", entity.Subject, name, null);
            directory.Refresh(session, entity);
            return Array.Empty<XElement>();
        });
    }

    private static ServiceError NoPolicy(string kind, string name) => IamErrors.NoSuchEntity($"The {kind} policy with name {name} cannot be found.");
}
