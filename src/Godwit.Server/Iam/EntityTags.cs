using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>Tags of roles, users and policies: Tag, Untag and List for each kind.</summary>
internal sealed class EntityTags(EntityNames names)
{
    /// <summary>AWS: IAM quotas > Tags on one resource.</summary>
    private const int TagsMax = 50;

    public IEnumerable<IamOperation> Operations => new[] { IamEntity.Role, IamEntity.User, "policy" }.SelectMany(Of);

    private IEnumerable<IamOperation> Of(string kind)
    {
        var noun = kind == "policy" ? "Policy" : EntityNames.Noun(kind);
        string Resource(IamCall call) => kind == "policy" ? call.Form.Arn() : names.ArnOf(call, kind);
        return
        [
            new($"Tag{noun}", Resource) { Change = (call, session) => Tag(call, session, kind, noun) },
            new($"Untag{noun}", Resource) { Change = (call, session) => Untag(call, session, kind, noun) },
            new($"List{noun}Tags", Resource) { Read = (call, session) => List(call, session, kind) },
        ];
    }

    private static Result<XElement[]> Tag(IamCall call, WriteSession session, string kind, string noun)
    {
        var tags = call.Form.Tags();
        return Find(call, session, kind).Then<XElement[]>(name =>
        {
            IamStore.PutTags(session, call.Account, kind, name, tags);
            if (IamStore.Tags(session, call.Account, kind, name).Count > TagsMax)
                return IamErrors.LimitExceeded($"The number of tags has reached the maximum limit: {TagsMax}.");
            call.Record(session, $"Tag{noun}", $"{kind}/{name}", null, string.Join(',', tags.Select(tag => tag.Key)));
            return Array.Empty<XElement>();
        });
    }

    private static Result<XElement[]> Untag(IamCall call, WriteSession session, string kind, string noun) => Find(call, session, kind).Then<XElement[]>(name =>
    {
        var keys = call.Form.List("TagKeys");
        foreach (var tag in keys)
            IamStore.DeleteTag(session, call.Account, kind, name, tag);
        call.Record(session, $"Untag{noun}", $"{kind}/{name}", string.Join(',', keys), null);
        return Array.Empty<XElement>();
    });

    private static Result<XElement[]> List(IamCall call, ReadSession session, string kind) => Find(call, session, kind).Map(name => new[]
    {
        IamXml.Tags(IamStore.Tags(session, call.Account, kind, name)), new XElement("IsTruncated", "false"),
    });

    private static Result<string> Find(IamCall call, ReadSession session, string kind)
    {
        if (kind != "policy")
            return EntityNames.Find(call, session, kind).Map(entity => entity.Name);
        var arn = call.Form.Arn();
        if (call.Form.Refusal is { } refusal)
            return refusal;
        var name = arn[(arn.LastIndexOf('/') + 1)..];
        return ManagedPolicyStore.Find(session, call.Account, name) is { } row && row.Arn == arn ? row.Name : IamErrors.NoSuchEntity($"Policy {arn} was not found.");
    }
}
