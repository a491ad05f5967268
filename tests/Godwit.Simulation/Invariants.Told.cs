using System.Text.Json;
using Godwit.Core.Journal;

namespace Godwit.Simulation;

/// <summary>
/// Who listens is told once of each change, after its commit, in the order of the commits. Between a commit and what is told of it the process may end: then nobody
/// is told. Devices ask when they are back; of the journal, which is written with the change, nothing is missing.
/// </summary>
internal sealed partial class Invariants
{
    /// <summary>Events of the last commit that have not been sent yet, in the order of its rows.</summary>
    private readonly List<string> _events = [];

    /// <summary>How often each thing's list of what it has to do has got another member or one less.</summary>
    private readonly Dictionary<string, long> _listed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _relisted = new(StringComparer.Ordinal);

    /// <summary>The next executions that each thing has had, one after the other, also those that were it only within a commit.</summary>
    private readonly Dictionary<string, List<string>> _moments = new(StringComparer.Ordinal);

    /// <summary>Executions that ran out, and when they did in true time, by the clock as it was then.</summary>
    private readonly Dictionary<(string Job, string Thing), (long Number, long Due)> _timedOut = [];

    /// <summary>An event of the service: of something that has happened, and not told yet.</summary>
    public void OnEvent(string topic, string payload)
    {
        var name = topic["$aws/events/".Length..];
        using var json = JsonDocument.Parse(payload);
        var about = json.RootElement.TryGetProperty("thingArn", out var arn) ? $"{name} {arn.GetString()!.Split('/')[^1]}" : name;
        var place = _events.IndexOf(about);
        if (place < 0)
            Fail("events are sent once", $"{about} is told of, and nothing has happened that was not told already; still to be told: [{string.Join(", ", _events)}]");
        else if (_events.Take(place).FirstOrDefault(before => IsOfSame(before, about)) is { } before)
            Fail("events are sent in order", $"{about} is told of before {before}");
        else
            _events.RemoveAt(place);
    }

    /// <summary>The server is gone, and what it had not told.</summary>
    public void OnServerDead() => _events.Clear();

    private static string JobTopic(ModelJob job, string operation) => $"job/{job.Id}/{operation}";

    private static string ExecutionTopic(ModelJob job, string status) => $"jobExecution/{job.Id}/{status.ToLowerInvariant()}";

    private static bool IsOfSame(string one, string other) => one[..one.LastIndexOf('/')] == other[..other.LastIndexOf('/')] && one.Split(' ').ElementAtOrDefault(1) == other.Split(' ').ElementAtOrDefault(1);

    private void Expect(string topic, string? thing = null) => _events.Add(thing is null ? topic : $"{topic} {thing}");

    /// <summary>What the journal says of a job that is an event of it, too.</summary>
    private void ExpectOf(string job, Fact fact)
    {
        if (fact.To == s_jobStatuses[ModelJob.Canceled] && fact.Kind is "CancelJob" or "AbortRule" or "JobSchedule" or "ConcurrentJobs")
            Expect($"job/{job}/cancellation_in_progress");
        else if (fact.To == s_jobStatuses[ModelJob.Deleting] && fact.From != fact.To)
            Expect($"job/{job}/deletion_in_progress");
        else if (fact.To == s_jobStatuses[ModelJob.Completed] && fact.From != fact.To)
            Expect($"job/{job}/completed");
        else if (fact.To is null && fact.From == s_jobStatuses[ModelJob.Deleting])
            Expect($"job/{job}/deleted");
    }

    private void CheckEventsSent()
    {
        if (_events.Count > 0 && _world.Server is { Dead: false })
            Fail("events are sent once", $"nobody was told of {string.Join(", ", _events)}");
        _events.Clear();
    }

    private List<string> MomentsOf(string thing)
    {
        if (!_moments.TryGetValue(thing, out var heads))
            _moments.Add(thing, heads = [None]);
        return heads;
    }

    private void NoteMoment(string thing)
    {
        var (heads, head) = (MomentsOf(thing), HeadOf(thing));
        if (heads[^1] != head)
            heads.Add(head);
    }

    private void NoteListed(string thing, int changes)
    {
        _listed[thing] = _listed.GetValueOrDefault(thing) + changes;
        _relisted.Add(thing);
    }

    /// <summary><c>notify</c> came as often as the list has changed since the device subscribed.</summary>
    private void CheckLists()
    {
        foreach (var thing in _relisted)
        {
            if (_world.Server is not { } server || !server.Link.Connections.TryGetValue(thing, out var connection) || connection.HeadWhenSubscribed is null
                || !connection.Subscriptions.Contains($"$aws/things/{thing}/jobs/notify"))
                continue;
            var due = _listed[thing] - connection.ListsDue;
            if (connection.Lists != due)
                Fail("notify comes once for each change", $"{thing}'s list has changed {due} times, and it was told {connection.Lists} times");
        }
        _relisted.Clear();
    }

    /// <summary>Each execution that a device is told of was its next one later than the one that it was told of before.</summary>
    private void CheckOnce(SimConnection connection, string name)
    {
        if (connection.HeadWhenSubscribed is null)
            return;
        var heads = MomentsOf(connection.Device.Thing);
        var place = heads.FindIndex(connection.HeadsTold, head => head == name);
        if (place < 0)
            Fail("notify-next comes once for each change", $"{connection.Device.Thing} is told of {name} again, or out of order; since it was told last, next was [{string.Join(", ", heads.Skip(connection.HeadsTold))}]");
        else
            connection.HeadsTold = place + 1;
    }

    /// <summary>I10: a report that was here before its time was up is not refused because the server came to it later than to the timer.</summary>
    private void CheckNotTooLate(SimRequest request, string job, string payload)
    {
        if (!payload.Contains("TerminalStateReached", StringComparison.Ordinal) || _world.JumpedAt >= request.ArrivedAt || !_timedOut.TryGetValue((job, request.Thing), out var ran)
            || !_jobsById.TryGetValue(job, out var of) || of.NewestOf(request.Thing) is not { Status: 4 } newest || newest.Number != ran.Number)
            return;
        if (request.ArrivedAt < ran.Due)
            Fail("I10 our own overload is no device's failure", FormattableString.Invariant($"{request.Thing}'s report on {job} came {(ran.Due - request.ArrivedAt) / (double)Second:F1} s before its time was up and found it TIMED_OUT"));
    }
}
