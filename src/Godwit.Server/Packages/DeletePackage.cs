using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Packages;

/// <summary>DeletePackage — DELETE /packages/{packageName}. A package that has versions stays; one that is not there is deleted already.</summary>
public sealed class DeletePackage(Database database) : IOperation<DeletePackage.Request, DeletePackage.Response>
{
    public sealed record Request
    {
        public required string PackageName { get; init; }

        public string? ClientToken { get; init; }
    }

    public sealed record Response;

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Response>(session =>
    {
        if (PackageStore.Find(session, caller.Account, request.PackageName) is not { } row)
            return new Response();
        if (session.First<string>(
                "SELECT version_name FROM package_version WHERE account = @Account AND package_name = @PackageName LIMIT 1", new { caller.Account, row.PackageName }) is { } version)
            return PackageStore.Invalid($"Package {row.PackageName} has versions, for example {version}. Delete them with DeletePackageVersion first.");
        session.Execute("DELETE FROM package WHERE account = @Account AND package_name = @PackageName", new { caller.Account, row.PackageName });
        ResourceTags.Clear(session, caller.Account, PackageStore.Resource(row.PackageName));
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DeletePackage), PackageStore.Resource(row.PackageName), row.Description, null));
        return new Response();
    }, ct);
}
