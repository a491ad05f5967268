using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Packages;

/// <summary>UpdatePackageConfiguration — PATCH /package-configuration. Versions are not written into shadows, so that cannot be switched on.</summary>
public sealed class UpdatePackageConfiguration(Database database) : IOperation<UpdatePackageConfiguration.Request, UpdatePackageConfiguration.Response>
{
    public sealed record Request
    {
        public VersionUpdateByJobsConfig? VersionUpdateByJobsConfig { get; init; }

        public string? ClientToken { get; init; }
    }

    public sealed record Response;

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.VersionUpdateByJobsConfig is { Enabled: true })
            return Task.FromResult<Result<Response>>(PackageStore.Invalid(
                "versionUpdateByJobsConfig.enabled cannot be true: Godwit keeps no shadows into which jobs could write versions. Let the device report its version in statusDetails, or set an attribute of the thing."));
        return database.Change<Response>(session =>
        {
            session.Execute(
                """
                INSERT INTO package_configuration (account, enabled, role_arn) VALUES (@Account, 0, @role)
                ON CONFLICT (account) DO UPDATE SET role_arn = COALESCE(excluded.role_arn, package_configuration.role_arn)
                """,
                new { caller.Account, role = request.VersionUpdateByJobsConfig?.RoleArn });
            session.Record(new Fact(
                caller.Account, caller.Arn, nameof(UpdatePackageConfiguration), "package-configuration", null, request.VersionUpdateByJobsConfig?.RoleArn));
            return new Response();
        }, ct);
    }
}
