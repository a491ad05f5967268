using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Packages;

/// <summary>UpdatePackage — PATCH /packages/{packageName}. AWS: only a published version can be the default.</summary>
public sealed class UpdatePackage(Database database) : IOperation<UpdatePackage.Request, UpdatePackage.Response>
{
    public sealed record Request
    {
        public required string PackageName { get; init; }

        public string? Description { get; init; }

        public string? DefaultVersionName { get; init; }

        public bool? UnsetDefaultVersion { get; init; }

        public string? ClientToken { get; init; }
    }

    public sealed record Response;

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request is { UnsetDefaultVersion: true, DefaultVersionName: not null })
            return Task.FromResult<Result<Response>>(PackageStore.Invalid("defaultVersionName and unsetDefaultVersion cannot be given together. Give one of them."));
        return database.Change(session => Update(session, caller, request), ct);
    }

    private static Result<Response> Update(WriteSession session, Caller caller, Request request)
    {
        if (PackageStore.Find(session, caller.Account, request.PackageName) is not { } old)
            return PackageStore.NotFound(request.PackageName);
        if (request.DefaultVersionName is { } name)
        {
            if (PackageStore.Version(session, caller.Account, old.PackageName, name) is not { } version)
                return PackageStore.NoVersion(old.PackageName, name);
            if (version.Status != PackageStore.Published)
                return PackageStore.Conflict(
                    $"Version {name} of package {old.PackageName} is {version.Status}; only a PUBLISHED version can be the default. Publish it with UpdatePackageVersion.", name);
        }
        var next = request.UnsetDefaultVersion is true ? null : request.DefaultVersionName ?? old.DefaultVersionName;
        session.Execute(
            """
            UPDATE package SET description = @description, default_version_name = @next, modified_at_ms = @NowMs
            WHERE account = @Account AND package_name = @PackageName
            """,
            new { caller.Account, old.PackageName, description = request.Description ?? old.Description, next, session.NowMs });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(UpdatePackage), PackageStore.Resource(old.PackageName), old.DefaultVersionName, next));
        return new Response();
    }
}
