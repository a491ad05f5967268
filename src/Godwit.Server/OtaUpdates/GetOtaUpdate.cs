using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.OtaUpdates;

/// <summary>GetOTAUpdate — GET /otaUpdates/{otaUpdateId}</summary>
public sealed class GetOtaUpdate(Database database) : IOperation<GetOtaUpdate.Request, GetOtaUpdate.Response>
{
    public sealed record Request
    {
        public required string OtaUpdateId { get; init; }
    }

    public sealed record Response(Details OtaUpdateInfo);

    /// <summary>AWS tells neither roleArn nor tags nor the abort and timeout configs here.</summary>
    public sealed record Details
    {
        public required string OtaUpdateId { get; init; }

        public required string OtaUpdateArn { get; init; }

        public DateTimeOffset CreationDate { get; init; }

        public DateTimeOffset LastModifiedDate { get; init; }

        public string? Description { get; init; }

        public required IReadOnlyList<string> Targets { get; init; }

        public required IReadOnlyList<string> Protocols { get; init; }

        public required JobExecutionsRolloutConfig AwsJobExecutionsRolloutConfig { get; init; }

        public required AwsJobPresignedUrlConfig AwsJobPresignedUrlConfig { get; init; }

        public required string TargetSelection { get; init; }

        public required IReadOnlyList<OtaUpdateFile> OtaUpdateFiles { get; init; }

        public required string OtaUpdateStatus { get; init; }

        public string? AwsIotJobId { get; init; }

        public string? AwsIotJobArn { get; init; }

        public ErrorInfo? ErrorInfo { get; init; }

        public IReadOnlyDictionary<string, string>? AdditionalParameters { get; init; }
    }

    /// <summary>Why a creation or deletion failed.</summary>
    public sealed record ErrorInfo(string Code, string Message);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => OtaUpdateStore.Find(session, caller.Account, request.OtaUpdateId), ct);
        return row is null ? OtaUpdateErrors.NotFound(request.OtaUpdateId) : new Response(Describe(caller, row));
    }

    private static Details Describe(Caller caller, OtaUpdateRow row)
    {
        var asked = row.ReadRequest();
        return new Details
        {
            OtaUpdateId = row.OtaUpdateId,
            OtaUpdateArn = caller.IotArn(OtaUpdateStore.Resource(row.OtaUpdateId)),
            CreationDate = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs),
            LastModifiedDate = DateTimeOffset.FromUnixTimeMilliseconds(row.LastModifiedAtMs),
            Description = asked.Description,
            Targets = asked.Targets,
            Protocols = OtaUpdateRules.Protocols(asked),
            // AWS sends empty structures for these where nothing was set.
            AwsJobExecutionsRolloutConfig = asked.AwsJobExecutionsRolloutConfig ?? new JobExecutionsRolloutConfig(),
            AwsJobPresignedUrlConfig = new AwsJobPresignedUrlConfig { ExpiresInSec = OtaUpdateRules.PresignSeconds(asked) },
            TargetSelection = asked.TargetSelection ?? OtaUpdateRules.Snapshot,
            OtaUpdateFiles = [.. asked.Files.Select((file, index) => Echo(file, row.ReadSigning.ElementAtOrDefault(index)))],
            OtaUpdateStatus = row.Status,
            AwsIotJobId = row.JobId,
            AwsIotJobArn = row.JobId is null ? null : caller.IotArn($"job/{row.JobId}"),
            ErrorInfo = row.ErrorCode is null ? null : new ErrorInfo(row.ErrorCode, row.ErrorMessage ?? ""),
            AdditionalParameters = asked.AdditionalParameters,
        };
    }

    /// <summary>The file as it was asked for; what was not set under codeSigning appears as <c>{}</c>, and the job that was started by its id, as AWS sends it.</summary>
    private static OtaUpdateFile Echo(OtaUpdateFile file, OtaSignedFile? signed) => file.CodeSigning is not { } signing
        ? file
        : file with
        {
            CodeSigning = signing with
            {
                AwsSignerJobId = signing.AwsSignerJobId ?? signed?.JobId,
                StartSigningJobParameter = signing.StartSigningJobParameter is { } start
                    ? start with { SigningProfileParameter = start.SigningProfileParameter ?? new SigningProfileParameter() }
                    : new StartSigningJobParameter(),
                CustomCodeSigning = signing.CustomCodeSigning ?? new CustomCodeSigning(),
            },
        };
}
