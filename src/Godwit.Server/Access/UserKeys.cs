using Godwit.Server.Storage;

namespace Godwit.Server.Access;

/// <summary>The access keys of IAM users. Each change is in force once it is committed: <see cref="AccessKeys"/> knows of it before the answer goes out.</summary>
public sealed class UserKeys(AccessKeys keys)
{
    public List<UserKey> List(ReadSession session, string account, string userName) => session.Query<UserKey>(
        """
        SELECT account, access_key_id, user_name, user_arn, status, created_at_ms FROM access_key
        WHERE account = @account AND user_name = @userName ORDER BY access_key_id
        """,
        new { account, userName });

    public AccessKey Create(WriteSession session, string account, string userName, string userArn)
    {
        var key = keys.New(account, userArn) with { UserName = userName };
        keys.Insert(session, key);
        session.AfterCommit(() => keys.Admit(key));
        return key;
    }

    public void SetStatus(WriteSession session, UserKey key, string status)
    {
        session.Execute(
            "UPDATE access_key SET status = @status WHERE account = @Account AND access_key_id = @AccessKeyId", new { key.Account, key.AccessKeyId, status });
        if (status != "Active")
        {
            session.AfterCommit(() => keys.Stop(key.AccessKeyId));
            return;
        }

        var opened = keys.Read(session, key.AccessKeyId);
        session.AfterCommit(() => keys.Admit(opened));
    }

    public void Delete(WriteSession session, UserKey key)
    {
        session.Execute("DELETE FROM access_key WHERE account = @Account AND access_key_id = @AccessKeyId", new { key.Account, key.AccessKeyId });
        session.AfterCommit(() => keys.Stop(key.AccessKeyId));
    }
}

/// <summary>A user's key without its secret.</summary>
public sealed record UserKey
{
    public string Account { get; init; } = "";

    public string AccessKeyId { get; init; } = "";

    public string UserName { get; init; } = "";

    public string UserArn { get; init; } = "";

    public string Status { get; init; } = "";

    public long CreatedAtMs { get; init; }
}
