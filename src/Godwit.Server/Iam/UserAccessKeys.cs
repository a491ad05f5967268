using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>The access keys of users. A key that is deactivated or deleted signs nothing more from the moment of the answer on.</summary>
internal sealed class UserAccessKeys(Users users, UserKeys keys)
{
    /// <summary>AWS: IAM quotas > Access keys of one user.</summary>
    private const int KeysMax = 2;

    public IEnumerable<IamOperation> Operations =>
    [
        new("CreateAccessKey", users.ArnOf) { Change = Create },
        new("ListAccessKeys", users.ArnOf) { Read = List },
        new("UpdateAccessKey", users.ArnOf) { Change = Update },
        new("DeleteAccessKey", users.ArnOf) { Change = Delete },
    ];

    private Result<XElement[]> Create(IamCall call, WriteSession session) => Users.Find(call, session).Then<XElement[]>(user =>
    {
        if (keys.List(session, user.Account, user.Name).Count >= KeysMax)
            return IamErrors.LimitExceeded($"Cannot exceed quota for AccessKeysPerUser: {KeysMax}");
        var key = keys.Create(session, user.Account, user.Name, user.Arn);
        call.Record(session, "CreateAccessKey", $"access-key/{key.Id}", null, $"Active, {user.Subject}");
        return new[]
        {
            new XElement("AccessKey", new XElement("UserName", user.Name), new XElement("AccessKeyId", key.Id), new XElement("Status", "Active"),
                new XElement("SecretAccessKey", key.Secret), new XElement("CreateDate", IamXml.Date(session.NowMs))),
        };
    });

    private Result<XElement[]> List(IamCall call, ReadSession session) => Users.Find(call, session).Then(user => EntityList.Of(
        call, "AccessKeyMetadata", keys.List(session, user.Account, user.Name), key => key.AccessKeyId,
        key => new XElement("member", new XElement("UserName", user.Name), new XElement("AccessKeyId", key.AccessKeyId), new XElement("Status", key.Status),
            new XElement("CreateDate", IamXml.Date(key.CreatedAtMs)))));

    private Result<XElement[]> Update(IamCall call, WriteSession session)
    {
        var status = call.Form.OneOf("Status", "Active", "Inactive");
        return FindKey(call, session).Then<XElement[]>(key =>
        {
            keys.SetStatus(session, key, status);
            call.Record(session, "UpdateAccessKey", $"access-key/{key.AccessKeyId}", key.Status, status);
            return Array.Empty<XElement>();
        });
    }

    private Result<XElement[]> Delete(IamCall call, WriteSession session) => FindKey(call, session).Then<XElement[]>(key =>
    {
        keys.Delete(session, key);
        call.Record(session, "DeleteAccessKey", $"access-key/{key.AccessKeyId}", key.Status, null);
        return Array.Empty<XElement>();
    });

    private Result<UserKey> FindKey(IamCall call, ReadSession session)
    {
        var id = call.Form.Required("AccessKeyId", 16, 128, null, "");
        return Users.Find(call, session).Then<UserKey>(user => keys.List(session, user.Account, user.Name).Find(key => key.AccessKeyId == id) is { } key
            ? key
            : IamErrors.NoSuchEntity($"The Access Key with id {(id.Length > 64 ? id[..64] : id)} cannot be found."));
    }
}
