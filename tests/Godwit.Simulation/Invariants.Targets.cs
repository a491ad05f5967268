namespace Godwit.Simulation;

/// <summary>What targets stand for: frozen for a snapshot, followed at once by a continuous job.</summary>
internal sealed partial class Invariants
{
    private readonly Dictionary<string, string?> _parents = new(StringComparer.Ordinal);
    private readonly HashSet<string> _things = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _members = new(StringComparer.Ordinal);

    /// <summary>Things that have come to a group, or left one, in the commit at hand.</summary>
    private readonly HashSet<string> _moved = new(StringComparer.Ordinal);

    private void OnTarget(Change change)
    {
        var job = _jobs[change.Key];
        if (change.Texts[1] is not { } group)
        {
            var thing = change.Text(0)[(change.Text(0).LastIndexOf('/') + 1)..];
            job.Named.Add(thing);
            job.Snapshot.Add(thing);
            return;
        }
        job.Groups.Add(group);
        job.Snapshot.UnionWith(AllMembersOf(group));
    }

    private void OnWaiting(Change change)
    {
        if (!_jobs.TryGetValue(change.Key, out var job))
            return;
        var thing = change.Text(0);
        var rows = job.Waiting.GetValueOrDefault(thing) + (change.What == 'I' ? 1 : -1);
        if (rows == 0)
            job.Waiting.Remove(thing);
        else
            job.Waiting[thing] = rows;
        job.PendingRows += change.What == 'I' ? 1 : -1;
        job.Passed += change.What == 'I' ? 0 : 1;
        _changed.Add(job);
    }

    private void OnMember(Change change)
    {
        var (group, thing) = (change.Text(0), change.Text(1));
        _moved.Add(thing);
        if (change.What == 'D')
        {
            MembersOf(group).Remove(thing);
            return;
        }
        MembersOf(group).Add(thing);
        // Who comes to a target anew has all its tries again, also for what it is at.
        foreach (var job in _jobs.Values)
            if (job is { Continuous: true, Status: ModelJob.InProgress or ModelJob.Scheduled } && IsWithin(group, job.Groups) && job.NewestOf(thing) is { Status: 1 })
                job.Used.Remove(thing);
    }

    /// <summary>I7: a continuous job has who has come, and does not have who has left and had not begun.</summary>
    private void CheckMembers()
    {
        foreach (var thing in _moved)
            foreach (var job in _jobs.Values)
            {
                if (!job.Continuous || job.Status is not (ModelJob.InProgress or ModelJob.Scheduled) || job.Expanding || job.Leaving)
                    continue;
                var newest = job.NewestOf(thing);
                var waits = newest is { Status: 0 } || job.Waiting.ContainsKey(thing);
                if (IsTarget(job, thing))
                {
                    if (newest is not { IsOpen: true } && !waits && !job.Reached.Contains(thing) && !job.Rules.IsEnded(WallMs))
                        Fail("I7 a continuous job takes who joins", $"{thing} has joined a target of {job.Id} and nothing waits for it");
                }
                // A thing that is gone may still stand among those to be reached; it is passed over.
                else if (waits && (_things.Contains(thing) || newest is { Status: 0 }))
                    Fail("I7 who leaves loses what it has not begun", $"{thing} has left the targets of {job.Id}, which still waits for it");
            }
        _moved.Clear();
    }

    private bool IsTarget(ModelJob job, string thing) =>
        job.Named.Contains(thing) || _members.Any(group => group.Value.Contains(thing) && IsWithin(group.Key, job.Groups));

    private IEnumerable<string> ThingsOf(ModelJob job) => job.Groups.SelectMany(AllMembersOf).Concat(job.Named.Where(_things.Contains));

    private bool IsWithin(string? group, HashSet<string> targets)
    {
        for (; group is not null; group = _parents.GetValueOrDefault(group))
            if (targets.Contains(group))
                return true;
        return false;
    }

    private IEnumerable<string> AllMembersOf(string group) =>
        MembersOf(group).Concat(_parents.Where(child => child.Value == group).SelectMany(child => AllMembersOf(child.Key)));

    private HashSet<string> MembersOf(string group)
    {
        if (!_members.TryGetValue(group, out var members))
            _members.Add(group, members = new HashSet<string>(StringComparer.Ordinal));
        return members;
    }
}
