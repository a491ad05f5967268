using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.BillingGroups;

/// <summary>ListBillingGroups — GET /billing-groups, in the order of their names.</summary>
public sealed class ListBillingGroups(Database database) : IOperation<ListBillingGroups.Request, ListBillingGroups.Response>
{
    public sealed record Request
    {
        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }

        public string? NamePrefixFilter { get; init; }
    }

    public sealed record Response(IReadOnlyList<GroupNameAndArn> BillingGroups, string? NextToken);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListBillingGroups), request.NextToken, 1, out var after))
            return PageToken.Invalid;
        var size = request.MaxResults ?? PageToken.DefaultSize;
        // Names begin at '-', so "x!" lies behind "x" and before all else that follows it.
        var low = after[0].Length > 0 ? after[0] + "!" : request.NamePrefixFilter ?? "";
        var names = await database.Read(session => session.Query<string>(
            "SELECT group_name FROM billing_group WHERE account = @Account AND group_name >= @low AND group_name <= @high ORDER BY group_name LIMIT @limit",
            new { caller.Account, low, high = request.NamePrefixFilter + "\u007F", limit = size + 1 }), ct);
        var page = PageToken.Page(
            nameof(ListBillingGroups), names, size, name => new GroupNameAndArn(name, caller.IotArn("billinggroup/" + name)), name => [name]);
        return new Response(page.Items, page.NextToken);
    }
}
