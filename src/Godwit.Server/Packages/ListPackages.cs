using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Packages;

/// <summary>ListPackages — GET /packages, in the order of their names.</summary>
public sealed class ListPackages(Database database) : IOperation<ListPackages.Request, ListPackages.Response>
{
    /// <summary>The most that AWS allows here.</summary>
    private const int PageMax = 100;

    public sealed record Request
    {
        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record Response(IReadOnlyList<Summary> PackageSummaries, string? NextToken);

    public sealed record Summary(string PackageName, string? DefaultVersionName, DateTimeOffset CreationDate, DateTimeOffset LastModifiedDate);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListPackages), request.NextToken, 1, out var after))
            return PackageStore.Invalid(PageToken.Invalid.Message);
        var size = request.MaxResults ?? PageMax;
        var rows = await database.Read(session => session.Query<PackageRow>(
            "SELECT * FROM package WHERE account = @Account AND package_name > @after ORDER BY package_name LIMIT @limit",
            new { caller.Account, after = after[0], limit = size + 1 }), ct);
        var page = PageToken.Page(
            nameof(ListPackages), rows, size,
            row => new Summary(
                row.PackageName, row.DefaultVersionName, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs)),
            row => [row.PackageName]);
        return new Response(page.Items, page.NextToken);
    }
}
