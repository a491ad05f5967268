using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Packages;

/// <summary>ListPackageVersions — GET /packages/{packageName}/versions, all or those of a status, in the order of their names.</summary>
public sealed class ListPackageVersions(Database database) : IOperation<ListPackageVersions.Request, ListPackageVersions.Response>
{
    /// <summary>The most that AWS allows here.</summary>
    private const int PageMax = 100;

    public sealed record Request
    {
        public required string PackageName { get; init; }

        public string? Status { get; init; }

        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }
    }

    public sealed record Response(IReadOnlyList<Summary> PackageVersionSummaries, string? NextToken);

    public sealed record Summary(string PackageName, string VersionName, string Status, DateTimeOffset CreationDate, DateTimeOffset LastModifiedDate);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListPackageVersions), request.NextToken, 1, out var after))
            return Task.FromResult<Result<Response>>(PackageStore.Invalid(PageToken.Invalid.Message));
        var size = request.MaxResults ?? PageMax;
        return database.Read<Result<Response>>(session =>
        {
            if (PackageStore.Find(session, caller.Account, request.PackageName) is null)
                return PackageStore.Invalid($"Package {request.PackageName} cannot be found.");
            var rows = session.Query<PackageVersionRow>(
                """
                SELECT * FROM package_version WHERE account = @Account AND package_name = @PackageName AND version_name > @after
                  AND (@Status IS NULL OR status = @Status) ORDER BY version_name LIMIT @limit
                """,
                new { caller.Account, request.PackageName, request.Status, after = after[0], limit = size + 1 });
            var page = PageToken.Page(
                nameof(ListPackageVersions), rows, size,
                row => new Summary(
                    row.PackageName, row.VersionName, row.Status,
                    DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs)),
                row => [row.VersionName]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
