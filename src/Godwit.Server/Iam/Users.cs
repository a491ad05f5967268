using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>The operations on users themselves.</summary>
internal sealed class Users(IamDirectory directory, UserKeys keys, IRandomSource random)
{
    /// <summary>AWS: IAM quotas > Users in an account.</summary>
    private const int UsersMax = 5000;

    public IEnumerable<IamOperation> Operations =>
    [
        new("CreateUser", ArnOf) { Change = Create },
        new("GetUser", ArnOf) { Read = Get },
        new("ListUsers", Roles.Anything) { Read = List },
        new("DeleteUser", ArnOf) { Change = Delete },
        new("ListGroupsForUser", ArnOf) { Read = ListGroups },
    ];

    /// <summary>The user that a call names, or whose key signed it.</summary>
    internal static string NameIn(IamCall call) => call.Form.Has("UserName") || call.UserName is null ? call.Form.Name("UserName") : call.UserName;

    internal static Result<IamEntity> Find(IamCall call, ReadSession session)
    {
        var name = NameIn(call);
        if (call.Form.Refusal is { } refusal)
            return refusal;
        return IamStore.Find(session, call.Account, IamEntity.User, name) is { } user ? user : IamErrors.NoSuchUser(name);
    }

    internal string ArnOf(IamCall call)
    {
        if (!call.Form.Has("UserName") && call.UserName is null)
            return Roles.Anything(call);
        var name = NameIn(call);
        return directory.User(call.Account, name)?.Arn ?? $"arn:aws:iam::{call.Account}:user{call.Form.Path()}{name}";
    }

    private Result<XElement[]> Create(IamCall call, WriteSession session)
    {
        var name = call.Form.Name("UserName");
        var row = new IamEntity
        {
            Account = call.Account,
            Kind = IamEntity.User,
            Name = name,
            NameKey = IamEntity.KeyOf(name),
            Path = call.Form.Path(),
            EntityId = EntityIds.New(random, "AIDA"),
            CreatedAtMs = session.NowMs,
        };
        var tags = call.Form.Tags();
        if ((call.Form.Refusal ?? Roles.Boundary(call.Form)) is { } refusal)
            return refusal;
        if (IamStore.Find(session, call.Account, IamEntity.User, name) is not null)
            return IamErrors.Exists("User", name);
        if (IamStore.Count(session, call.Account, IamEntity.User) >= UsersMax)
            return IamErrors.LimitExceeded($"Cannot exceed quota for UsersPerAccount: {UsersMax}");
        IamStore.Insert(session, row);
        IamStore.PutTags(session, row.Account, row.Kind, row.Name, tags);
        call.Record(session, "CreateUser", row.Subject, null, row.EntityId);
        directory.Refresh(session, row);
        return new[] { IamXml.User(row, tags) };
    }

    private static Result<XElement[]> Get(IamCall call, ReadSession session)
    {
        if (!call.Form.Has("UserName") && call.UserName is null)
            return Root(call);
        return Find(call, session).Map(user => new[] { IamXml.User(user, IamStore.Tags(session, user.Account, user.Kind, user.Name)) });
    }

    /// <summary>AWS: asked without a name by the root, the root is the answer; its path stands for nothing.</summary>
    private static Result<XElement[]> Root(IamCall call) => new[]
    {
        new XElement("User", new XElement("Path", "/"), new XElement("UserId", call.Account), new XElement("Arn", $"arn:aws:iam::{call.Account}:root"), new XElement("CreateDate", IamXml.Date(0))),
    };

    private static Result<XElement[]> List(IamCall call, ReadSession session) =>
        EntityList.Of(call, session, IamEntity.User, "Users", row => IamXml.As("member", IamXml.User(row, [])));

    private Result<XElement[]> Delete(IamCall call, WriteSession session)
    {
        var name = call.Form.Name("UserName");
        if (call.Form.Refusal is { } refusal)
            return refusal;
        if (IamStore.Find(session, call.Account, IamEntity.User, name) is not { } user)
            return IamErrors.NoSuchUser(name);
        if (keys.List(session, user.Account, user.Name).Count > 0)
            return IamErrors.DeleteConflict("Cannot delete entity, must delete access keys first.");
        if (EntityList.Burden(session, user) is { } burden)
            return burden;
        IamStore.Delete(session, user);
        call.Record(session, "DeleteUser", user.Subject, user.EntityId, null);
        directory.Remove(session, user);
        return Array.Empty<XElement>();
    }

    private static Result<XElement[]> ListGroups(IamCall call, ReadSession session) =>
        Find(call, session).Map(_ => IamXml.Page("Groups", new Page<XElement>([], null)));
}
