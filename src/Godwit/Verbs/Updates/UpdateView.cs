using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli;

namespace Godwit.Verbs.Updates;

/// <summary>An update as its verbs see it: GetOTAUpdate, and DescribeJob where there is a job.</summary>
public sealed record UpdateView(JsonObject Info, JsonObject? Job)
{
    /// <summary>AWS's counters in the order of a device's way.</summary>
    private static readonly (string Member, string State)[] Counters =
    [
        ("numberOfQueuedThings", "QUEUED"), ("numberOfInProgressThings", "IN_PROGRESS"), ("numberOfSucceededThings", "SUCCEEDED"), ("numberOfFailedThings", "FAILED"),
        ("numberOfRejectedThings", "REJECTED"), ("numberOfTimedOutThings", "TIMED_OUT"), ("numberOfCanceledThings", "CANCELED"), ("numberOfRemovedThings", "REMOVED"),
    ];

    public string Id => Info.Text("otaUpdateId")!;

    public string Status => Info.Text("otaUpdateStatus")!;

    public string? JobId => Info.Text("awsIotJobId");

    public string? JobStatus => Job?.Text("status");

    public IEnumerable<(string State, long Count)> Counts => Counters.Select(counter => (counter.State, Job.Number($"jobProcessDetails.{counter.Member}")));

    public long Of(string state) => Counts.First(count => count.State == state).Count;

    public long All => Counts.Sum(count => count.Count);

    public bool IsOver => JobStatus is "COMPLETED" or "CANCELED" or "DELETION_IN_PROGRESS" || Status is "CREATE_FAILED" or "DELETE_FAILED";

    /// <summary>Whether it ended as its maker wished.</summary>
    public bool IsGood => JobStatus == "COMPLETED" && Of("SUCCEEDED") + Of("REMOVED") == All;

    public static Argument<string> Argument() => new("id") { Description = "The OTA update's id." };

    public static async Task<UpdateView> Find(ServiceClient client, string id, CancellationToken ct)
    {
        var info = (await client.Get($"/otaUpdates/{Uri.EscapeDataString(id)}", ct))["otaUpdateInfo"]!.AsObject();
        JsonObject? job = null;
        if (info.Text("awsIotJobId") is { } jobId)
            job = (await client.Get($"/jobs/{Uri.EscapeDataString(jobId)}", ct))["job"]!.AsObject();
        return new UpdateView(info, job);
    }

    /// <summary>The update's job, or why there is none to steer.</summary>
    public string NeedJob() => JobId ?? throw new CliException(
        ExitCode.Data, $"{Id} is {Status} and has no job{(Info.Text("errorInfo.message") is { } why ? $": {why}" : "; wait until it is CREATE_COMPLETE")}.");

    public JsonObject ToJson() => new() { ["otaUpdateInfo"] = Info.DeepClone(), ["job"] = Job?.DeepClone() };
}
