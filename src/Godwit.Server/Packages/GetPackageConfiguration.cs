using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Packages;

/// <summary>GetPackageConfiguration — GET /package-configuration</summary>
public sealed class GetPackageConfiguration(Database database) : IOperation<Nothing, GetPackageConfiguration.Response>
{
    public sealed record Response(VersionUpdateByJobsConfig VersionUpdateByJobsConfig);

    public async Task<Result<Response>> Handle(Caller caller, Nothing request, CancellationToken ct) =>
        new Response(await database.Read(session => VersionUpdateByJobsConfig.Of(session, caller.Account), ct));
}

/// <summary>Whether jobs write the versions that they bring into the reserved shadow of a thing.</summary>
public sealed record VersionUpdateByJobsConfig
{
    public bool? Enabled { get; init; }

    public string? RoleArn { get; init; }

    internal static VersionUpdateByJobsConfig Of(ReadSession session, string account) =>
        session.First<string>("SELECT role_arn FROM package_configuration WHERE account = @account", new { account }) is { } role
            ? new VersionUpdateByJobsConfig { Enabled = false, RoleArn = role }
            : new VersionUpdateByJobsConfig { Enabled = false };
}
