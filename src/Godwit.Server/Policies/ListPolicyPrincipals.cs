using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>ListPolicyPrincipals — GET /policy-principals: the certificates among the targets. Deprecated by AWS for ListTargetsForPolicy.</summary>
public sealed class ListPolicyPrincipals(Database database) : IOperation<ListPolicyPrincipals.Request, ListPolicyPrincipals.Response>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }

        public string? Marker { get; init; }

        public int? PageSize { get; init; }

        public bool? AscendingOrder { get; init; }
    }

    public sealed record Response(IReadOnlyList<string> Principals, string? NextMarker);

    private const string Certificates = "SELECT target FROM policy_attachment WHERE account = @Account AND policy_name = @PolicyName";

    // Ids are hexadecimal: all lie between 'cert/' and 'cert/g'.
    internal const string Ascending = Certificates + " AND target > @After AND target < 'cert/g' ORDER BY target LIMIT @Limit";

    internal const string Descending = Certificates + " AND target < @After AND target > 'cert/' ORDER BY target DESC LIMIT @Limit";

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var ascending = request.AscendingOrder is true;
        var list = nameof(ListPolicyPrincipals) + (ascending ? "+" : "-");
        if (!PageToken.TryRead(list, request.Marker, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var from = after[0].Length > 0 ? after[0] : ascending ? "cert/" : "cert/g";
        var size = request.PageSize ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!PolicyStore.Exists(session, caller.Account, request.PolicyName))
                return PolicyErrors.NoPolicy(request.PolicyName);
            var targets = session.Query<string>(
                ascending ? Ascending : Descending, new { caller.Account, request.PolicyName, After = from, Limit = size + 1 });
            var page = PageToken.Page(list, targets, size, caller.IotArn, target => [target]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
