using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Packages;

/// <summary>UpdatePackageVersion — PATCH /packages/{packageName}/versions/{versionName}. Only a DRAFT can be changed; it is published, and then deprecated.</summary>
public sealed class UpdatePackageVersion(Database database) : IOperation<UpdatePackageVersion.Request, UpdatePackageVersion.Response>
{
    public sealed record Request
    {
        public required string PackageName { get; init; }

        public required string VersionName { get; init; }

        public string? Description { get; init; }

        public IReadOnlyDictionary<string, string>? Attributes { get; init; }

        public PackageVersionArtifact? Artifact { get; init; }

        public string? Action { get; init; }

        public string? Recipe { get; init; }

        public string? ClientToken { get; init; }
    }

    public sealed record Response;

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Response>(session =>
    {
        if (PackageStore.Version(session, caller.Account, request.PackageName, request.VersionName) is not { } old)
            return PackageStore.NoVersion(request.PackageName, request.VersionName);
        if (Refuse(request, old) is { } refusal)
            return refusal;
        var status = request.Action switch { "PUBLISH" => PackageStore.Published, "DEPRECATE" => PackageStore.Deprecated, _ => old.Status };
        session.Execute(
            """
            UPDATE package_version SET description = @description, attributes = @attributes, artifact = @artifact, recipe = @recipe, status = @status, modified_at_ms = @NowMs
            WHERE account = @Account AND package_name = @PackageName AND version_name = @VersionName
            """,
            new
            {
                caller.Account, old.PackageName, old.VersionName, description = request.Description ?? old.Description,
                attributes = request.Attributes is null ? old.Attributes : JsonSerializer.Serialize(request.Attributes),
                artifact = request.Artifact is null ? old.Artifact : JsonSerializer.Serialize(request.Artifact), recipe = request.Recipe ?? old.Recipe, status, session.NowMs,
            });
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(UpdatePackageVersion), PackageStore.Resource(old.PackageName, old.VersionName), old.Status, status));
        return new Response();
    }, ct);

    private static ServiceError? Refuse(Request request, PackageVersionRow old)
    {
        var changes = request is not { Description: null, Attributes: null, Artifact: null, Recipe: null };
        if (changes && old.Status != PackageStore.Draft)
            return PackageStore.Conflict($"Version {old.VersionName} of package {old.PackageName} is {old.Status}; only a DRAFT can be changed. Create a new version.", old.VersionName);
        var from = request.Action switch { "PUBLISH" => PackageStore.Draft, "DEPRECATE" => PackageStore.Published, _ => old.Status };
        return old.Status == from
            ? null
            : PackageStore.Conflict($"Version {old.VersionName} of package {old.PackageName} is {old.Status}; {request.Action} needs {from}.", old.VersionName);
    }
}
