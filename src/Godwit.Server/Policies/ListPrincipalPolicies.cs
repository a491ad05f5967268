using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>ListPrincipalPolicies — GET /principal-policies. Deprecated by AWS for ListAttachedPolicies.</summary>
public sealed class ListPrincipalPolicies(Database database, ResourceDirectory resources)
    : IOperation<ListPrincipalPolicies.Request, ListPrincipalPolicies.Response>
{
    public sealed record Request
    {
        public required string Principal { get; init; }

        public string? Marker { get; init; }

        public int? PageSize { get; init; }

        public bool? AscendingOrder { get; init; }
    }

    public sealed record Response(IReadOnlyList<PolicyNameAndArn> Policies, string? NextMarker);

    private const string Attached = "SELECT policy_name FROM policy_attachment WHERE account = @Account AND target = @Target";

    internal const string Ascending = Attached + " AND policy_name > @After ORDER BY policy_name LIMIT @Limit";

    // No marker: there is nothing behind an empty name, so it means the end.
    internal const string Descending = Attached + " AND (@After = '' OR policy_name < @After) ORDER BY policy_name DESC LIMIT @Limit";

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var ascending = request.AscendingOrder is true;
        var list = nameof(ListPrincipalPolicies) + (ascending ? "+" : "-");
        var target = PolicyStore.ReadTarget(caller, request.Principal);
        if (!target.IsOk)
            return Task.FromResult<Result<Response>>(target.Error);
        if (!PageToken.TryRead(list, request.Marker, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.PageSize ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!resources.Exists(session, caller.Account, Arn.Parse(request.Principal)!))
                return PolicyErrors.NoTarget(request.Principal);
            var names = session.Query<string>(
                ascending ? Ascending : Descending, new { caller.Account, Target = target.Value, After = after[0], Limit = size + 1 });
            var page = PageToken.Page(list, names, size, name => PolicyNameAndArn.Of(caller, name), name => [name]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
