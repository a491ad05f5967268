using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Access;

/// <summary>ListAccessKeys — GET /godwit/access-keys: the keys that may sign in this account, without their secrets.</summary>
public sealed class ListAccessKeys(Database database, ServerOptions options) : IOperation<ListAccessKeys.Request, ListAccessKeys.Response>
{
    public sealed record Request;

    public sealed record Response(IReadOnlyList<Key> AccessKeys);

    /// <param name="IsPreset">Given at start, not kept in the database.</param>
    public sealed record Key(string AccessKeyId, string UserArn, string Status, DateTimeOffset? CreatedAt, bool IsPreset);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var rows = await database.Read(
            session => session.Query<Row>("SELECT access_key_id, user_arn, status, created_at_ms FROM access_key WHERE account = @Account ORDER BY created_at_ms", new { caller.Account }), ct);
        return new Response(
        [
            .. rows.Select(row => new Key(row.AccessKeyId, row.UserArn, row.Status, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), false)),
            .. options.AccessKeys.Where(key => key.Account == caller.Account)
                .Select(key => new Key(key.Id, $"arn:aws:iam::{key.Account}:user/{key.Id}", "Active", null, true)),
        ]);
    }

    private sealed record Row
    {
        public string AccessKeyId { get; init; } = "";

        public string UserArn { get; init; } = "";

        public string Status { get; init; } = "";

        public long CreatedAtMs { get; init; }
    }
}
