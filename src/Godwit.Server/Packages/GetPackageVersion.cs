using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Packages;

/// <summary>GetPackageVersion — GET /packages/{packageName}/versions/{versionName}</summary>
public sealed class GetPackageVersion(Database database) : IOperation<GetPackageVersion.Request, GetPackageVersion.Response>
{
    public sealed record Request
    {
        public required string PackageName { get; init; }

        public required string VersionName { get; init; }
    }

    public sealed record Response(
        string PackageVersionArn,
        string PackageName,
        string VersionName,
        string? Description,
        IReadOnlyDictionary<string, string>? Attributes,
        PackageVersionArtifact? Artifact,
        string Status,
        DateTimeOffset CreationDate,
        DateTimeOffset LastModifiedDate,
        string? Recipe);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => PackageStore.Version(session, caller.Account, request.PackageName, request.VersionName), ct);
        return row is null
            ? PackageStore.NoVersion(request.PackageName, request.VersionName)
            : new Response(
                caller.IotArn(PackageStore.Resource(row.PackageName, row.VersionName)), row.PackageName, row.VersionName, row.Description, row.ReadAttributes(),
                row.ReadArtifact(), row.Status, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs), DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedAtMs), row.Recipe);
    }
}
