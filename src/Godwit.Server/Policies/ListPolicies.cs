using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>ListPolicies — GET /policies, the newest first unless isAscendingOrder.</summary>
public sealed class ListPolicies(Database database) : IOperation<ListPolicies.Request, ListPolicies.Response>
{
    public sealed record Request
    {
        public string? Marker { get; init; }

        public int? PageSize { get; init; }

        public bool? AscendingOrder { get; init; }
    }

    public sealed record Response(IReadOnlyList<PolicyNameAndArn> Policies, string? NextMarker);

    internal const string OldestFirst =
        """
        SELECT policy_name, created_at_ms FROM policy WHERE account = @Account AND (created_at_ms, policy_name) > (@AfterMs, @AfterName)
        ORDER BY created_at_ms, policy_name LIMIT @Limit
        """;

    internal const string NewestFirst =
        """
        SELECT policy_name, created_at_ms FROM policy WHERE account = @Account AND (created_at_ms, policy_name) < (@AfterMs, @AfterName)
        ORDER BY created_at_ms DESC, policy_name DESC LIMIT @Limit
        """;

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var ascending = request.AscendingOrder is true;
        var list = nameof(ListPolicies) + (ascending ? "+" : "-");
        if (!PageToken.TryRead(list, request.Marker, 2, out var after))
            return PageToken.Invalid;
        var afterMs = ascending ? -1 : long.MaxValue;
        if (after[0].Length > 0 && !long.TryParse(after[0], NumberStyles.None, CultureInfo.InvariantCulture, out afterMs))
            return PageToken.Invalid;
        var size = request.PageSize ?? PageToken.DefaultSize;
        var rows = await database.Read(session => session.Query<PolicyRow>(
            ascending ? OldestFirst : NewestFirst,
            new { caller.Account, AfterMs = afterMs, AfterName = after[1], Limit = size + 1 }), ct);
        var page = PageToken.Page(
            list, rows, size, row => PolicyNameAndArn.Of(caller, row.PolicyName),
            row => [row.CreatedAtMs.ToString(CultureInfo.InvariantCulture), row.PolicyName]);
        return new Response(page.Items, page.NextToken);
    }
}

/// <summary>How lists name a policy.</summary>
public sealed record PolicyNameAndArn(string PolicyName, string PolicyArn)
{
    internal static PolicyNameAndArn Of(Caller caller, string policy) => new(policy, caller.IotArn("policy/" + policy));
}
