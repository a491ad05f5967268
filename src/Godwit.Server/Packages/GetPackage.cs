using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Packages;

/// <summary>GetPackage — GET /packages/{packageName}</summary>
public sealed class GetPackage(Database database) : IOperation<GetPackage.Request, GetPackage.Response>
{
    public sealed record Request
    {
        public required string PackageName { get; init; }
    }

    public sealed record Response(
        string PackageName, string PackageArn, string? Description, string? DefaultVersionName, DateTimeOffset CreationDate, DateTimeOffset LastModifiedDate);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => PackageStore.Find(session, caller.Account, request.PackageName), ct);
        return row is null
            ? PackageStore.NotFound(request.PackageName)
            : new Response(
                row.PackageName, caller.IotArn(PackageStore.Resource(row.PackageName)), row.Description, row.DefaultVersionName,
                DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs));
    }
}
