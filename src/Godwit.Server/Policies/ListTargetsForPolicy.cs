using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>ListTargetsForPolicy — POST /policy-targets/{policyName}</summary>
public sealed class ListTargetsForPolicy(Database database) : IOperation<ListTargetsForPolicy.Request, ListTargetsForPolicy.Response>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }

        public string? Marker { get; init; }

        public int? PageSize { get; init; }
    }

    public sealed record Response(IReadOnlyList<string> Targets, string? NextMarker);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListTargetsForPolicy), request.Marker, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.PageSize ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!PolicyStore.Exists(session, caller.Account, request.PolicyName))
                return PolicyErrors.NoPolicy(request.PolicyName);
            var targets = session.Query<string>(
                """
                SELECT target FROM policy_attachment
                WHERE account = @Account AND policy_name = @PolicyName AND target > @After ORDER BY target LIMIT @Limit
                """,
                new { caller.Account, request.PolicyName, After = after[0], Limit = size + 1 });
            var page = PageToken.Page(nameof(ListTargetsForPolicy), targets, size, caller.IotArn, target => [target]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
