using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>ListAttachedPolicies — POST /attached-policies/{target}; with recursive also those on the groups above a thing group.</summary>
public sealed class ListAttachedPolicies(Database database, ResourceDirectory resources)
    : IOperation<ListAttachedPolicies.Request, ListAttachedPolicies.Response>
{
    public sealed record Request
    {
        public required string Target { get; init; }

        public bool? Recursive { get; init; }

        public string? Marker { get; init; }

        public int? PageSize { get; init; }
    }

    public sealed record Response(IReadOnlyList<PolicyNameAndArn> Policies, string? NextMarker);

    internal const string Direct =
        "SELECT policy_name FROM policy_attachment WHERE account = @Account AND target = @Target AND policy_name > @After ORDER BY policy_name LIMIT @Limit";

    internal const string WithAbove =
        """
        SELECT DISTINCT a.policy_name FROM thing_group_closure c CROSS JOIN policy_attachment a
        WHERE c.account = @Account AND c.descendant = @Group
          AND a.account = c.account AND a.target = 'thinggroup/' || c.ancestor AND a.policy_name > @After
        ORDER BY a.policy_name LIMIT @Limit
        """;

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var target = PolicyStore.ReadTarget(caller, request.Target);
        if (!target.IsOk)
            return Task.FromResult<Result<Response>>(target.Error);
        if (!PageToken.TryRead(nameof(ListAttachedPolicies), request.Marker, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var arn = Arn.Parse(request.Target)!;
        var size = request.PageSize ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!resources.Exists(session, caller.Account, arn))
                return PolicyErrors.NoTarget(request.Target);
            var names = session.Query<string>(
                request.Recursive is true && arn.ResourceType == "thinggroup" ? WithAbove : Direct,
                new { caller.Account, Target = target.Value, Group = arn.ResourceName, After = after[0], Limit = size + 1 });
            var page = PageToken.Page(nameof(ListAttachedPolicies), names, size, name => PolicyNameAndArn.Of(caller, name), name => [name]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
