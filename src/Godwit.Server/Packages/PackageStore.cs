using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Packages;

/// <summary>Rows of software packages and their versions.</summary>
internal static class PackageStore
{
    public const string Draft = "DRAFT";

    public const string Published = "PUBLISHED";

    public const string Deprecated = "DEPRECATED";

    public static PackageRow? Find(ReadSession session, string account, string package) =>
        session.First<PackageRow>("SELECT * FROM package WHERE account = @account AND package_name = @package", new { account, package });

    public static PackageVersionRow? Version(ReadSession session, string account, string package, string version) => session.First<PackageVersionRow>(
        "SELECT * FROM package_version WHERE account = @account AND package_name = @package AND version_name = @version", new { account, package, version });

    /// <summary>A package, or with <c>NAME/version/VERSION</c> one of its versions.</summary>
    public static bool Exists(ReadSession session, string account, string name) => name.Split("/version/") switch
    {
        [var package] => Find(session, account, package) is not null,
        [var package, var version] => Version(session, account, package, version) is not null,
        _ => false,
    };

    public static string Resource(string package) => "package/" + package;

    public static string Resource(string package, string version) => $"package/{package}/version/{version}";

    public static Result<Nothing> Tag(WriteSession session, Caller caller, string resource, IReadOnlyDictionary<string, string>? tags) => ResourceTags.Put(
        session, caller.Account, resource, tags is null ? null : [.. tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })]);

    public static ServiceError Invalid(string message) => new("ValidationException", 400, message);

    public static ServiceError Conflict(string message, string resourceId) =>
        new("ConflictException", 409, message, new Dictionary<string, string> { ["resourceId"] = resourceId });

    public static ServiceError NotFound(string package) => Errors.ResourceNotFound($"Package {package} cannot be found.");

    public static ServiceError NoVersion(string package, string version) => Errors.ResourceNotFound($"Version {version} of package {package} cannot be found.");
}

internal sealed record PackageRow
{
    public string PackageName { get; init; } = "";

    public string? Description { get; init; }

    public string? DefaultVersionName { get; init; }

    public string? ClientToken { get; init; }

    public long CreatedAtMs { get; init; }

    public long ModifiedAtMs { get; init; }
}

internal sealed record PackageVersionRow
{
    public string PackageName { get; init; } = "";

    public string VersionName { get; init; } = "";

    public string? Description { get; init; }

    public string Attributes { get; init; } = "{}";

    public string? Artifact { get; init; }

    public string? Recipe { get; init; }

    public string Status { get; init; } = PackageStore.Draft;

    public string? ClientToken { get; init; }

    public long CreatedAtMs { get; init; }

    public long ModifiedAtMs { get; init; }

    public Dictionary<string, string> ReadAttributes() => JsonSerializer.Deserialize<Dictionary<string, string>>(Attributes)!;

    public PackageVersionArtifact? ReadArtifact() => Artifact is null ? null : JsonSerializer.Deserialize<PackageVersionArtifact>(Artifact);
}

/// <summary>Where the bytes of a package version lie.</summary>
public sealed record PackageVersionArtifact
{
    public PackageLocation? S3Location { get; init; }
}

public sealed record PackageLocation
{
    public string? Bucket { get; init; }

    public string? Key { get; init; }

    public string? Version { get; init; }
}
