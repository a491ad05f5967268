using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.BillingGroups;

/// <summary>ListThingsInBillingGroup — GET /billing-groups/{billingGroupName}/things</summary>
public sealed class ListThingsInBillingGroup(Database database) : IOperation<ListThingsInBillingGroup.Request, ListThingsInBillingGroup.Response>
{
    public sealed record Request
    {
        public required string BillingGroupName { get; init; }

        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }
    }

    public sealed record Response(IReadOnlyList<string> Things, string? NextToken);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListThingsInBillingGroup), request.NextToken, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.MaxResults ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!BillingGroupStore.Exists(session, caller.Account, request.BillingGroupName))
                return BillingGroupStore.NotFound(request.BillingGroupName);
            var names = session.Query<string>(
                """
                SELECT thing_name FROM thing WHERE billing_group_name = @BillingGroupName AND account = @Account AND thing_name > @after
                ORDER BY thing_name LIMIT @limit
                """,
                new { caller.Account, request.BillingGroupName, after = after[0], limit = size + 1 });
            var page = PageToken.Page(nameof(ListThingsInBillingGroup), names, size, name => name, name => [name]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
