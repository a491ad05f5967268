using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Packages;

/// <summary>CreatePackageVersion — PUT /packages/{packageName}/versions/{versionName}. It begins as a DRAFT.</summary>
public sealed class CreatePackageVersion(Database database) : IOperation<CreatePackageVersion.Request, CreatePackageVersion.Response>
{
    public sealed record Request
    {
        public required string PackageName { get; init; }

        public required string VersionName { get; init; }

        public string? Description { get; init; }

        public IReadOnlyDictionary<string, string>? Attributes { get; init; }

        public PackageVersionArtifact? Artifact { get; init; }

        public string? Recipe { get; init; }

        public IReadOnlyDictionary<string, string>? Tags { get; init; }

        public string? ClientToken { get; init; }
    }

    public sealed record Response(
        string PackageVersionArn, string PackageName, string VersionName, string? Description, IReadOnlyDictionary<string, string>? Attributes, string Status);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session =>
    {
        var (package, version) = (request.PackageName, request.VersionName);
        var resource = PackageStore.Resource(package, version);
        // The model knows no ResourceNotFoundException here.
        if (PackageStore.Find(session, caller.Account, package) is null)
            return PackageStore.Invalid($"Package {package} cannot be found. Create it with CreatePackage.");
        if (PackageStore.Version(session, caller.Account, package, version) is { } existing)
            return request.ClientToken is not null && existing.ClientToken == request.ClientToken
                ? Of(caller, existing)
                : PackageStore.Conflict($"Version {version} of package {package} already exists. Change it with UpdatePackageVersion.", version);
        var row = new PackageVersionRow
        {
            PackageName = package,
            VersionName = version,
            Description = request.Description,
            Attributes = JsonSerializer.Serialize(request.Attributes ?? new Dictionary<string, string>()),
        };
        session.Execute(
            """
            INSERT INTO package_version
              (account, package_name, version_name, description, attributes, artifact, recipe, status, client_token, created_at_ms, modified_at_ms)
            VALUES (@Account, @package, @version, @Description, @Attributes, @artifact, @Recipe, @Status, @ClientToken, @NowMs, @NowMs)
            """,
            new
            {
                caller.Account, package, version, row.Description, row.Attributes,
                artifact = request.Artifact is null ? null : JsonSerializer.Serialize(request.Artifact), request.Recipe, row.Status, request.ClientToken, session.NowMs,
            });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(CreatePackageVersion), resource, null, row.Status));
        return PackageStore.Tag(session, caller, resource, request.Tags).Map(_ => Of(caller, row));
    }, ct);

    private static Response Of(Caller caller, PackageVersionRow row) => new(
        caller.IotArn(PackageStore.Resource(row.PackageName, row.VersionName)), row.PackageName, row.VersionName, row.Description, row.ReadAttributes(), row.Status);
}
