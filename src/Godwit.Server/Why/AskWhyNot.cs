using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Why;
using Godwit.Server.Certificates;
using Godwit.Server.Jobs;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Placement;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Why;

/// <summary>AskWhyNot — GET /godwit/why?thing=…&amp;ota=…: gathers what is known of one device and one update; <see cref="WhyNot"/> judges.</summary>
public sealed class AskWhyNot(Database database, DeviceRegistry registry, IDeviceStanding standing, IDeviceLink link, DeviceTrail trail, TimeProvider time)
{
    /// <summary>An OTA update or a plain job is named.</summary>
    public sealed record Request(string? Thing, string? OtaUpdateId, string? JobId);

    public sealed record Response
    {
        public required string Thing { get; init; }

        public string? OtaUpdateId { get; init; }

        public string? JobId { get; init; }

        /// <summary>PASSED: done. WAITING: nothing is wrong. STOPPED: somebody must act.</summary>
        public required WhyVerdict Verdict { get; init; }

        /// <summary>The check that decides; absent where the update is done.</summary>
        public string? Reason { get; init; }

        public required string Summary { get; init; }

        public required string Next { get; init; }

        public required WhyActor By { get; init; }

        public DeviceWords? DeviceWords { get; init; }

        public required IReadOnlyList<WhyCheck> Checks { get; init; }

        public required IReadOnlyList<PermissionFact> Permissions { get; init; }

        public required DateTimeOffset AsOf { get; init; }

        /// <summary>What the doors saw before this moment is not known: it is kept in memory.</summary>
        public required DateTimeOffset SeenSince { get; init; }
    }

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.Thing is not { Length: > 0 } thing)
            return Errors.InvalidRequest("No thing is named. Ask for /godwit/why?thing=NAME&ota=OTA_UPDATE_ID, or &job=JOB_ID.");
        if (request is { OtaUpdateId: null, JobId: null })
            return Errors.InvalidRequest($"No update is named. Ask for /godwit/why?thing={thing}&ota=OTA_UPDATE_ID, or &job=JOB_ID.");
        var read = await database.Read(session => Read(session, caller.Account, thing, request), ct);
        if (!read.IsOk)
            return read.Error;
        var facts = await AddDoors(caller.Account, read.Value, ct);
        return Answer(facts, WhyNot.Ask(facts));
    }

    private Result<WhyFacts> Read(ReadSession session, string account, string thing, Request request)
    {
        var update = request.OtaUpdateId is { } id ? OtaUpdateFlow.Find(session, account, id) : null;
        if (request.OtaUpdateId is not null && update is null)
            return Errors.ResourceNotFound($"There is no OTA update {request.OtaUpdateId}. aws iot list-ota-updates lists them; ids are case-sensitive.");
        var now = time.GetUtcNow();
        var jobId = request.JobId ?? update?.JobId;
        var standing = jobId is null ? null : JobStanding.Find(session, account, jobId, thing, now);
        if (request.JobId is not null && standing is null)
            return Errors.ResourceNotFound($"There is no job {request.JobId}. aws iot list-jobs lists them; ids are case-sensitive.");
        return new WhyFacts
        {
            Thing = thing,
            Now = now,
            SeenSince = trail.Since,
            ThingExists = Membership.ThingExists(session, account, thing),
            Update = update?.Fact,
            Job = standing?.Job,
            Target = standing?.Target,
            ThingsBefore = standing?.ThingsBefore,
            Execution = standing?.Execution,
            Ahead = standing?.Ahead ?? [],
        };
    }

    /// <summary>What is not in the database: presence, rights, and the trail.</summary>
    private async Task<WhyFacts> AddDoors(string account, WhyFacts facts, CancellationToken ct)
    {
        var certificates = await registry.CertificatesOf(account, facts.Thing, ct);
        return facts with
        {
            Certificates = certificates,
            Permissions = await PermissionsOf(facts, certificates, ct),
            Presence = standing.Presence(account, facts.Thing),
            ListensForNext = link.HasSubscriber(account, $"$aws/things/{facts.Thing}/jobs/notify-next"),
            Trail = TrailOf(facts, trail.Find(account, facts.Thing)),
        };
    }

    /// <summary>By the usable certificate that may most: a thing with several connects with one of them.</summary>
    private async Task<IReadOnlyList<PermissionFact>> PermissionsOf(WhyFacts facts, List<CertificateFact> certificates, CancellationToken ct)
    {
        var needs = WhyNeeds.Of(facts.Thing, facts.Job?.Id, facts.IsByMqtt ? facts.Update?.StreamId : null);
        IReadOnlyList<PermissionFact> best = [];
        foreach (var certificate in certificates.Where(one => one.IsUsable(facts.Now)))
        {
            if (await standing.RightsOf(certificate.Id, facts.Thing, ct) is not { } may)
                continue;
            var answers = needs.Select(need => new PermissionFact(need.Need, need.Action, need.Resource, may(need.Action, need.Resource))).ToList();
            if (best.Count == 0 || answers.Count(answer => answer.Allowed) > best.Count(answer => answer.Allowed))
                best = answers;
        }
        return best;
    }

    /// <summary>Only what was seen of this job's own execution counts, and of this update's own stream.</summary>
    private static TrailFact TrailOf(WhyFacts facts, DeviceTrace seen)
    {
        var queued = facts.Execution?.QueuedAt;
        var isJob = facts.Job is { } job && seen.JobId == job.Id && facts.Execution is not null;
        var isStream = facts.Update?.StreamId is { } stream && seen.StreamId == stream;
        DateTimeOffset? Of(bool relevant, DateTimeOffset? at) => relevant && at >= queued ? at : null;
        var blocksAt = Of(isStream, seen.LastBlockAt);
        return new TrailFact
        {
            HeardAt = seen.HeardAt,
            NotifiedAt = Of(isJob, seen.NotifiedAt),
            DocumentAt = Of(isJob, seen.DocumentAt),
            BlockRequests = blocksAt is null ? 0 : seen.BlockRequests,
            Blocks = blocksAt is null ? 0 : seen.Blocks,
            LastBlock = blocksAt is null ? null : seen.LastBlock,
            BlocksInFile = blocksAt is null ? null : seen.BlocksInFile,
            LastBlockAt = blocksAt,
            Refusal = seen.RefusedAt >= queued ? seen.Refusal : null,
            RefusedAt = Of(true, seen.RefusedAt),
        };
    }

    private static Response Answer(WhyFacts facts, WhyAnswer answer) => new()
    {
        Thing = answer.Thing,
        OtaUpdateId = answer.Update,
        JobId = answer.Job,
        Verdict = answer.Verdict,
        Reason = answer.Reason,
        Summary = answer.Summary,
        Next = answer.Next,
        By = answer.By,
        DeviceWords = answer.Words,
        Checks = answer.Checks,
        Permissions = facts.Permissions,
        AsOf = facts.Now,
        SeenSince = facts.SeenSince,
    };
}
