using System.Text.Json;

namespace Godwit.Simulation;

/// <summary>What devices and operators are told must be so, and they must be told what they need.</summary>
internal sealed partial class Invariants
{
    private const string None = "-";

    private readonly Dictionary<string, List<ModelExecution>> _openOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(long Commit, string Head)>> _heads = new(StringComparer.Ordinal);
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unpushed = new(StringComparer.Ordinal);
    private readonly HashSet<(string Thing, string Job, string Status)> _reported = [];
    private readonly HashSet<(string Thing, string Job, string Status, long Version)> _versions = [];
    private readonly HashSet<(string Thing, string Name)> _executionsEver = [];
    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);

    public void OnConnected(SimConnection connection) => connection.HeadWhenSubscribed = null;

    public void OnSubscribed(SimConnection connection)
    {
        var thing = connection.Device.Thing;
        (connection.HeadWhenSubscribed, connection.Pushed) = (HeadOf(thing), false);
        (connection.HeadsTold, connection.ListsDue, connection.Lists) = (MomentsOf(thing).Count, _listed.GetValueOrDefault(thing), 0);
    }

    public void OnCreated(string job)
    {
        if (!_jobsEver.Contains(job))
            Fail("I1 an answer means that it is done", $"{job} was created, says the service, and is not there");
    }

    public void OnCanceled(string job)
    {
        if (_jobs.Values.Any(j => j.Id == job && j.Status == ModelJob.InProgress))
            Fail("I1 an answer means that it is done", $"{job} was canceled, says the service, and is not");
    }

    public void OnReply(SimRequest request, string topic, string payload)
    {
        if (topic.EndsWith("/rejected", StringComparison.Ordinal) && request.Rest.EndsWith("/update", StringComparison.Ordinal))
            CheckNotTooLate(request, request.Rest[..^"/update".Length], payload);
        if (!topic.EndsWith("/accepted", StringComparison.Ordinal))
            return;
        if (request.Rest.EndsWith("/update", StringComparison.Ordinal))
            CheckReport(request, request.Rest[..^"/update".Length]);
        else if (request.Rest is "$next/get" or "start-next")
            CheckNext(request, NameIn(payload));
    }

    public void OnPush(SimConnection connection, string topic, string payload)
    {
        if (!topic.EndsWith("/notify-next", StringComparison.Ordinal))
        {
            connection.Lists++;
            return;
        }
        var name = NameIn(payload);
        if (name != None && !_executionsEver.Contains((connection.Device.Thing, name)))
            Fail("I9 a device sees its own jobs only", $"{connection.Device.Thing} is told of {name}");
        CheckOnce(connection, name);
        (connection.Pushed, connection.LastPush) = (true, name);
    }

    /// <summary>I14 and I1: accepted means committed, on the version that the device named.</summary>
    private void CheckReport(SimRequest request, string job)
    {
        using var json = JsonDocument.Parse(request.Payload);
        var status = json.RootElement.GetProperty("status").GetString()!;
        if (!_reported.Contains((request.Thing, job, status)))
            Fail("I1 an answer means that it is done", $"{request.Thing} was told that {job} is {status}, and it is not");
        if (json.RootElement.TryGetProperty("statusDetails", out var details) && details.TryGetProperty("n", out var token) && !_tokens.Contains(token.GetString()!))
            Fail("I1 an answer means that it is done", $"{request.Thing}'s report {token} was accepted and is not there");
        if (json.RootElement.TryGetProperty("expectedVersion", out var expected) && long.TryParse(expected.ToString(), out var version)
            && !_versions.Contains((request.Thing, job, status, version + 1)))
            Fail("I3 a stale report is refused", $"{request.Thing} reported {status} of {job} on version {version}, and it was accepted");
    }

    /// <summary>I4: it was the next one at some moment between the question and the answer.</summary>
    private void CheckNext(SimRequest request, string name)
    {
        if (!_heads.TryGetValue(request.Thing, out var heads))
            heads = [];
        var before = heads.FindLastIndex(head => head.Commit <= request.Since);
        var possible = heads.Skip(Math.Max(0, before)).Select(head => head.Head).ToList();
        if (before < 0)
            possible.Add(None);
        if (!possible.Contains(name))
            Fail("I4 the next execution is the next in order", $"{request.Thing} was given {name}, and it could have been {string.Join(" or ", possible)}");
    }

    private void CheckPushes()
    {
        CheckLists();
        foreach (var thing in _unpushed)
        {
            if (_world.Server is not { } server || !server.Link.Connections.TryGetValue(thing, out var connection) || connection.HeadWhenSubscribed is not { } first
                || !connection.Subscriptions.Contains($"$aws/things/{thing}/jobs/notify-next"))
                continue;
            var (told, head) = (connection.Pushed ? connection.LastPush : first, HeadOf(thing));
            if (told != head)
                Fail("notify-next says what is next", $"{thing} was last told of {told}, and next is {head}");
        }
        _unpushed.Clear();
    }

    private void Touch(string thing) => _touched.Add(thing);

    private void Move(ModelExecution? was, ModelExecution? now)
    {
        var thing = (was ?? now)!.Thing;
        if (!_openOf.TryGetValue(thing, out var open))
            _openOf.Add(thing, open = []);
        open.RemoveAll(e => e.Job == (was ?? now)!.Job && e.Number == (was ?? now)!.Number);
        if (now is { IsOpen: true })
            open.Add(now);
        Touch(thing);
        NoteMoment(thing);
        if (now is null)
            return;
        _executionsEver.Add((thing, now.Name));
        _reported.Add((thing, now.Job.Id, s_statuses[now.Status]));
        _versions.Add((thing, now.Job.Id, s_statuses[now.Status], now.Version));
        if (now.Details is not null && now.Details.StartsWith("{\"n\":\"", StringComparison.Ordinal))
            _tokens.Add(now.Details[6..now.Details.IndexOf('"', 6)]);
    }

    private void NoteHeads()
    {
        foreach (var thing in _touched)
        {
            var head = HeadOf(thing);
            if (!_heads.TryGetValue(thing, out var heads))
                _heads.Add(thing, heads = [(0, None)]);
            if (heads[^1].Head == head)
                continue;
            heads.Add((Commits, head));
            _unpushed.Add(thing);
        }
        _touched.Clear();
    }

    /// <summary>What is begun comes first, the oldest start first; then what waits, the oldest first; then by name.</summary>
    private string HeadOf(string thing) => !_openOf.TryGetValue(thing, out var open)
        ? None
        : open.Where(e => e.IsPending).OrderBy(e => e.Status == 1 ? 0 : 1).ThenBy(e => e.Status == 1 ? e.StartedAt : e.QueuedAt)
            .ThenBy(e => e.Job.Id, StringComparer.Ordinal).FirstOrDefault()?.Name ?? None;

    private static string NameIn(string payload)
    {
        using var json = JsonDocument.Parse(payload);
        return json.RootElement.TryGetProperty("execution", out var execution)
            ? $"{execution.GetProperty("jobId").GetString()}#{execution.GetProperty("executionNumber").GetInt64()}"
            : None;
    }
}
