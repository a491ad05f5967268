using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Streams;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;
using Godwit.Server.Tags;
using Godwit.Server.Things;

namespace Godwit.Server.OtaUpdates;

/// <summary>
/// CreateOTAUpdate — POST /otaUpdates/{otaUpdateId}. Checks what can be checked at once (shape, targets) and answers CREATE_PENDING;
/// all that touches objects, streams and jobs follows in <see cref="OtaUpdateCreation"/>.
/// </summary>
public sealed class CreateOtaUpdate(Database database, OtaUpdateBell bell, IRandomSource random, TimeProvider time)
    : IOperation<CreateOtaUpdate.Request, CreateOtaUpdate.Response>
{
    public sealed record Request
    {
        public required string OtaUpdateId { get; init; }

        public string? Description { get; init; }

        public required IReadOnlyList<string> Targets { get; init; }

        public IReadOnlyList<string>? Protocols { get; init; }

        public string? TargetSelection { get; init; }

        public JobExecutionsRolloutConfig? AwsJobExecutionsRolloutConfig { get; init; }

        public AwsJobPresignedUrlConfig? AwsJobPresignedUrlConfig { get; init; }

        public AwsJobAbortConfig? AwsJobAbortConfig { get; init; }

        public TimeoutConfig? AwsJobTimeoutConfig { get; init; }

        public required IReadOnlyList<OtaUpdateFile> Files { get; init; }

        public required string RoleArn { get; init; }

        public IReadOnlyDictionary<string, string>? AdditionalParameters { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }
    }

    /// <summary>AWS leaves the job's id and ARN out here; GetOTAUpdate tells them once there is a job.</summary>
    public sealed record Response(string OtaUpdateId, string OtaUpdateArn, string OtaUpdateStatus);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if ((OtaUpdateRules.Check(request) ?? OtaUpdateExtensions.Refuse(request, time.GetUtcNow())) is { } wrong)
            return wrong;
        // The stream's id is stored before there is a stream, so that a creation that was cut off finds its own stream again.
        var streamId = OtaUpdateRules.MakesStream(request) ? StreamInfo.OtaStreamId(Guid.Parse(random.NewUuid())) : null;
        return await database.Change(session => Insert(session, caller, request, streamId), ct);
    }

    private Result<Response> Insert(WriteSession session, Caller caller, Request request, string? streamId)
    {
        var resource = OtaUpdateStore.Resource(request.OtaUpdateId);
        var arn = caller.IotArn(resource);
        if (OtaUpdateStore.Exists(session, caller.Account, request.OtaUpdateId))
            return OtaUpdateErrors.Exists(request.OtaUpdateId, arn);
        var missing = request.Targets.FirstOrDefault(target => !Membership.Exists(session, caller.Account, Arn.Parse(target)!));
        if (missing is not null)
            return OtaUpdateErrors.TargetNotFound(missing);

        OtaUpdateStore.Insert(session, new OtaUpdateRow
        {
            Account = caller.Account,
            OtaUpdateId = request.OtaUpdateId,
            Status = OtaUpdateStatus.CreatePending,
            Region = caller.Region,
            CallerArn = caller.Arn,
            AccessKeyId = caller.AccessKeyId,
            Request = OtaUpdateJson.Write(request with { Tags = null }),
            Step = OtaUpdateRules.IsSignedHere(request) ? OtaUpdateStep.Sign : OtaUpdateStep.CheckObjects,
            StreamId = streamId,
        });
        session.Record(new Fact(caller.Account, caller.Arn, "CreateOTAUpdate", resource, null, OtaUpdateStatus.CreatePending));
        session.AfterCommit(bell.Ring);
        return ResourceTags.Put(session, caller.Account, resource, request.Tags)
            .Map(_ => new Response(request.OtaUpdateId, arn, OtaUpdateStatus.CreatePending));
    }
}
