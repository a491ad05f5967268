using Godwit.Core.Access;
using Godwit.Core.Jobs;
using Godwit.Core.Why;

namespace Godwit.Core.Tests.Why;

/// <summary>One failing example of each check, against a device that lacks nothing else.</summary>
public sealed class WhyNotTests
{
    private static readonly DateTimeOffset Now = new(2030, 5, 4, 12, 0, 0, TimeSpan.Zero);

    private static readonly JobFact Job = new("AFR_OTA-rel42", JobStatus.InProgress, Now.AddHours(-2)) { PerMinute = 10 };

    private static readonly ExecutionFact InProgress = new(1, JobExecutionStatus.InProgress, Now.AddHours(-1), Now.AddMinutes(-1))
    {
        StartedAt = Now.AddMinutes(-10), Deadline = Now.AddMinutes(20), Details = new Dictionary<string, string> { ["receive"] = "12/240" },
    };

    private static readonly ExecutionFact Queued = new(1, JobExecutionStatus.Queued, Now.AddMinutes(-5), Now.AddMinutes(-5));

    /// <summary>A device in the middle of its download.</summary>
    private static readonly WhyFacts Downloading = new()
    {
        Thing = "dev7",
        Now = Now,
        SeenSince = Now.AddDays(-1),
        ThingExists = true,
        Update = new UpdateFact("rel42", "CREATE_COMPLETE", Now.AddHours(-2), null, null, ["MQTT"], "AFR_OTA-1"),
        Job = Job,
        Target = new TargetFact("arn:aws:iot:us-east-1:000000000000:thinggroup/all", Now.AddHours(-2)),
        Execution = InProgress,
        Certificates = [new CertificateFact("abcdef0123456789", "ACTIVE", Now.AddYears(-1), Now.AddYears(1), 1)],
        Permissions = Permissions(_ => true),
        Presence = new PresenceFact(Now.AddHours(-3), null),
        ListensForNext = true,
        Trail = new TrailFact
        {
            HeardAt = Now.AddSeconds(-1), NotifiedAt = Now.AddHours(-1), DocumentAt = Now.AddMinutes(-11), BlockRequests = 2, Blocks = 12, LastBlock = 11, BlocksInFile = 240, LastBlockAt = Now.AddSeconds(-1),
        },
    };

    private static readonly WhyFacts NotReached = Downloading with { Execution = null, ThingsBefore = 0, Trail = new TrailFact() };

    private static readonly WhyFacts Waiting = Downloading with { Execution = Queued, Trail = new TrailFact() };

    public static TheoryData<string, WhyVerdict, WhyActor, string, WhyFacts> Failing => new()
    {
        { "thing", WhyVerdict.Stopped, WhyActor.Operator, "there is no thing dev7", NotReached with { ThingExists = false, Target = null } },
        { "update", WhyVerdict.Stopped, WhyActor.Operator, "NoSuchKey", NotReached with { Job = null, Update = Downloading.Update! with { Status = "CREATE_FAILED", ErrorCode = "NoSuchKey", ErrorMessage = "gone" } } },
        { "update", WhyVerdict.Waiting, WhyActor.Service, "CREATE_PENDING", NotReached with { Job = null, Update = Downloading.Update! with { Status = "CREATE_PENDING" } } },
        { "targeted", WhyVerdict.Stopped, WhyActor.Operator, "in none of the job's targets", NotReached with { Target = null, ThingsBefore = null } },
        { "job", WhyVerdict.Stopped, WhyActor.Operator, "CANCELED (abort): too many failed", NotReached with { Job = Job with { Status = JobStatus.Canceled, ReasonCode = "abort", Comment = "too many failed" } } },
        { "job", WhyVerdict.Stopped, WhyActor.Operator, "paused", NotReached with { Job = Job with { Paused = true } } },
        { "job", WhyVerdict.Stopped, WhyActor.Operator, "job is gone", NotReached with { Job = null } },
        { "job", WhyVerdict.Waiting, WhyActor.Service, "being resolved", NotReached with { Job = Job with { Resolving = true } } },
        { "schedule", WhyVerdict.Waiting, WhyActor.Service, "starts at 2030-05-04 13:00:00Z", NotReached with { Job = Job with { Phase = SchedulePhase.BeforeStart, PhaseEnds = Now.AddHours(1) } } },
        { "schedule", WhyVerdict.Waiting, WhyActor.Service, "next opens at 2030-05-05 02:00:00Z", NotReached with { Job = Job with { Phase = SchedulePhase.BetweenWindows, PhaseEnds = Now.AddHours(14) } } },
        { "schedule", WhyVerdict.Stopped, WhyActor.Operator, "end time has passed", NotReached with { Job = Job with { Phase = SchedulePhase.Ended } } },
        { "rate-window", WhyVerdict.Waiting, WhyActor.Service, "500 things come before it, at 10 a minute: not before 50 min", NotReached with { ThingsBefore = 500 } },
        { "rate-window", WhyVerdict.Waiting, WhyActor.Device, "stages or the cap", NotReached with { Job = Job with { Room = 0 } } },
        { "rate-window", WhyVerdict.Stopped, WhyActor.Operator, "after the job's targets were resolved", NotReached with { ThingsBefore = null } },
        { "queue", WhyVerdict.Stopped, WhyActor.Device, "has old to do first (in progress since 2030-05-03 12:00:00Z) and 1 more", Waiting with { Ahead = [new AheadFact("old", true, Now.AddDays(-1)), new AheadFact("older", false, Now.AddDays(-1))] } },
        { "certificate", WhyVerdict.Stopped, WhyActor.Operator, "INACTIVE", Waiting with { Presence = null, Permissions = [], Certificates = [Downloading.Certificates[0] with { Status = "INACTIVE" }] } },
        { "certificate", WhyVerdict.Stopped, WhyActor.Operator, "expired at 2030-05-03", Waiting with { Presence = null, Permissions = [], Certificates = [Downloading.Certificates[0] with { NotAfter = Now.AddDays(-1) }] } },
        { "certificate", WhyVerdict.Stopped, WhyActor.Operator, "valid only from", Waiting with { Presence = null, Permissions = [], Certificates = [Downloading.Certificates[0] with { NotBefore = Now.AddDays(1) }] } },
        { "certificate", WhyVerdict.Stopped, WhyActor.Operator, "no certificate is attached", Waiting with { Presence = null, Permissions = [], Certificates = [] } },
        { "policy-connect", WhyVerdict.Stopped, WhyActor.Operator, "iot:Connect on dev7", Waiting with { Permissions = Permissions(p => p.Action != IotAction.Connect) } },
        { "policy-subscribe", WhyVerdict.Stopped, WhyActor.Operator, "$aws/things/dev7/jobs/notify-next", Waiting with { Permissions = Permissions(p => p.Action != IotAction.Subscribe || p.Resource.Contains("/streams/", StringComparison.Ordinal)) } },
        { "policy-publish", WhyVerdict.Stopped, WhyActor.Operator, "$aws/things/dev7/jobs/AFR_OTA-rel42/update (report)", Waiting with { Permissions = Permissions(p => p.Need != "report") } },
        { "policy-receive", WhyVerdict.Stopped, WhyActor.Operator, "$aws/things/dev7/streams/AFR_OTA-1/data/cbor (get blocks)", Waiting with { Permissions = Permissions(p => p.Need != "get blocks") } },
        { "connected", WhyVerdict.Waiting, WhyActor.Device, "last seen 2030-05-04 10:00:00Z (2 h ago)", Waiting with { Presence = new PresenceFact(Now.AddHours(-3), Now.AddHours(-2)) } },
        { "connected", WhyVerdict.Waiting, WhyActor.Device, "not seen since the service began to watch", Waiting with { Presence = null } },
        { "notified", WhyVerdict.Waiting, WhyActor.Device, "no client listens on notify-next", Waiting with { ListensForNext = false } },
        { "document", WhyVerdict.Waiting, WhyActor.Device, "nothing came back yet", Waiting with { Trail = new TrailFact { NotifiedAt = Now.AddMinutes(-5) } } },
        { "blocks", WhyVerdict.Waiting, WhyActor.Device, "last was block 11 of 240", Downloading with { Trail = Downloading.Trail with { LastBlockAt = Now.AddMinutes(-30) } } },
        { "blocks", WhyVerdict.Stopped, WhyActor.Operator, "ETagMismatch", Downloading with { Trail = new TrailFact { DocumentAt = Now.AddMinutes(-9), Refusal = "ETagMismatch: changed", RefusedAt = Now.AddMinutes(-2) } } },
        { "blocks", WhyVerdict.Waiting, WhyActor.Device, "none asked for yet", Downloading with { Trail = new TrailFact { DocumentAt = Now.AddMinutes(-9) } } },
        { "time-out", WhyVerdict.Waiting, WhyActor.Service, "ran out", Downloading with { Execution = InProgress with { Deadline = Now.AddSeconds(-1) } } },
        { "device-words", WhyVerdict.Waiting, WhyActor.Device, "12 of 240 blocks (5 %)", Downloading },
        { "device-words", WhyVerdict.Stopped, WhyActor.Operator, "the image's signature does not verify", Downloading with { Execution = InProgress with { Status = JobExecutionStatus.Failed, Details = new Dictionary<string, string> { ["reason"] = "0x000000e3: 0x00000000" } } } },
        { "device-words", WhyVerdict.Stopped, WhyActor.Operator, "TIMED_OUT", Downloading with { Execution = InProgress with { Status = JobExecutionStatus.TimedOut } } },
        { "device-words", WhyVerdict.Stopped, WhyActor.Operator, "left the job's targets", Downloading with { Execution = InProgress with { Status = JobExecutionStatus.Removed } } },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public void The_first_check_that_fails_is_the_reason_and_says_who_must_do_what(string reason, WhyVerdict verdict, WhyActor by, string says, WhyFacts facts)
    {
        var answer = WhyNot.Ask(facts);

        Assert.Equal((reason, verdict, by), (answer.Reason, answer.Verdict, answer.By));
        Assert.Contains(says, answer.Summary, StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(answer.Next));
    }

    [Fact]
    public void A_device_that_succeeded_has_no_reason_and_nothing_to_do()
    {
        var answer = WhyNot.Ask(Downloading with
        {
            // What went wrong since does not matter any more.
            Presence = null,
            Certificates = [],
            Execution = InProgress with { Status = JobExecutionStatus.Succeeded, Deadline = null, Details = new Dictionary<string, string> { ["reason"] = "accepted  v0.9.3", ["updatedBy"] = "  v0.9.2" } },
        });

        Assert.Equal((WhyVerdict.Passed, null, WhyActor.Nobody), (answer.Verdict, answer.Reason, answer.By));
        Assert.Contains("version 0.9.3 passed its self-test and is accepted; version 0.9.2 ran before", answer.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain(answer.Checks, check => check.Verdict is WhyVerdict.Stopped or WhyVerdict.Waiting);
    }

    [Fact]
    public void Every_check_is_there_once_in_the_order_of_causes_whatever_is_known()
    {
        string[] names =
        [
            "thing", "update", "targeted", "job", "schedule", "rate-window", "queue", "certificate", "policy-connect", "policy-subscribe", "policy-publish", "policy-receive",
            "connected", "notified", "document", "blocks", "time-out", "device-words",
        ];
        WhyFacts nothing = new() { Thing = "x", Now = Now, SeenSince = Now };
        foreach (var facts in Failing.Select(row => row.Data.Item5).Append(nothing).Append(Downloading))
            Assert.Equal(names, WhyNot.Ask(facts).Checks.Select(check => check.Name));
        // And each can be the reason.
        Assert.Equal(names.Order(StringComparer.Ordinal), Failing.Select(row => row.Data.Item1).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Of_topics_that_serve_the_same_need_one_is_enough()
    {
        var facts = Waiting with { Permissions = Permissions(p => !p.Resource.EndsWith("/json", StringComparison.Ordinal) && !p.Resource.Contains("start-next", StringComparison.Ordinal)) };
        Assert.All(WhyNot.Ask(facts).Checks.Where(check => check.Name.StartsWith("policy-", StringComparison.Ordinal)), check => Assert.Equal(WhyVerdict.Passed, check.Verdict));
    }

    [Fact]
    public void A_device_that_works_by_HTTPS_counts_as_there()
    {
        var facts = Waiting with { Presence = null, Trail = new TrailFact { HeardAt = Now.AddMinutes(-1) } };
        Assert.Equal(WhyVerdict.Passed, WhyNot.Ask(facts).Checks.Single(check => check.Name == "connected").Verdict);
    }

    [Fact]
    public void What_lies_before_the_service_began_to_watch_is_unknown_and_no_reason()
    {
        var answer = WhyNot.Ask(Waiting with { SeenSince = Now.AddMinutes(-1) });
        Assert.Equal(WhyVerdict.Unknown, answer.Checks.Single(check => check.Name == "notified").Verdict);
        Assert.Equal("document", answer.Reason);
    }

    private static List<PermissionFact> Permissions(Func<(string Need, IotAction Action, string Resource), bool> allowed) =>
        [.. WhyNeeds.Of("dev7", "AFR_OTA-rel42", "AFR_OTA-1").Select(need => new PermissionFact(need.Need, need.Action, need.Resource, allowed(need)))];
}
