using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Packages;

/// <summary>DeletePackageVersion — DELETE /packages/{packageName}/versions/{versionName}. The default version stays; one that is not there is deleted already.</summary>
public sealed class DeletePackageVersion(Database database) : IOperation<DeletePackageVersion.Request, DeletePackageVersion.Response>
{
    public sealed record Request
    {
        public required string PackageName { get; init; }

        public required string VersionName { get; init; }

        public string? ClientToken { get; init; }
    }

    public sealed record Response;

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Response>(session =>
    {
        if (PackageStore.Version(session, caller.Account, request.PackageName, request.VersionName) is not { } row)
            return new Response();
        if (PackageStore.Find(session, caller.Account, row.PackageName)?.DefaultVersionName == row.VersionName)
            return PackageStore.Invalid($"Version {row.VersionName} is the default of package {row.PackageName}. Choose another, or unset it, with UpdatePackage first.");
        session.Execute(
            "DELETE FROM package_version WHERE account = @Account AND package_name = @PackageName AND version_name = @VersionName",
            new { caller.Account, row.PackageName, row.VersionName });
        ResourceTags.Clear(session, caller.Account, PackageStore.Resource(row.PackageName, row.VersionName));
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(DeletePackageVersion), PackageStore.Resource(row.PackageName, row.VersionName), row.Status, null));
        return new Response();
    }, ct);
}
