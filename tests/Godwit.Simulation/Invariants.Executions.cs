namespace Godwit.Simulation;

/// <summary>What an execution may become, who may try again, and when time is up.</summary>
internal sealed partial class Invariants
{
    /// <summary>Things whose execution has failed in the commit at hand: whether they are due another try, and whether they got it.</summary>
    private readonly Dictionary<(ModelJob Job, string Thing), (bool Due, bool Given)> _tries = [];

    /// <summary>How long it is until the next execution's time is up, by the clock as it is; null for none.</summary>
    public TimeSpan? NextDeadline => _deadlines.Count > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(_deadlines.Min.Deadline) - Wall : null;

    private void OnExecution(Change change)
    {
        if (!_jobs.TryGetValue(change.Key, out var job))
        {
            Fail("I12 a deletion leaves no orphan", $"an execution of {change.Text(0)} belongs to no job");
            return;
        }
        var now = ModelExecution.Of(job, change);
        var was = job.Executions.GetValueOrDefault((now.Thing, now.Number));
        _changed.Add(job);
        if (was is not null)
        {
            job.Rows[was.Status]--;
            if (was.Deadline is { } before)
                _deadlines.Remove((before, job.Key, was.Thing, was.Number));
        }
        if (change.What == 'D')
        {
            job.Executions.Remove((now.Thing, now.Number));
            // A job that is deleted says so itself, and not of each of its executions.
            if (job.Status != ModelJob.Deleting)
                Expect(ExecutionTopic(job, "DELETED"), now.Thing);
            if (was is { IsOpen: true })
                NoteListed(now.Thing, 1);
            Move(was, null);
            return;
        }
        // A timer that is only moved is the one that it was.
        now = now with { TimerSetAt = was?.Version == now.Version ? was.TimerSetAt : _world.Agenda.Now };
        if (was is null)
            CheckInsert(job, now);
        else
            CheckUpdate(was, now);
        var name = $"job/{job.Id}/thing/{now.Thing}/{now.Number}";
        if (was is null || was.Version != now.Version)
            _expected.Add($"{name} {(was is null ? "null" : s_statuses[was.Status])}>{s_statuses[now.Status]}");
        job.Rows[now.Status]++;
        job.Executions[(now.Thing, now.Number)] = now;
        if (now.Deadline is { } deadline)
            _deadlines.Add((deadline, job.Key, now.Thing, now.Number));
        if (was is not null && was.Status != now.Status && now.Status is 3 or 4)
            NoteFailure(job, now);
        if ((was is not { IsOpen: true }) == now.IsOpen)
            NoteListed(now.Thing, 1);
        if (was is { IsOpen: true } && !now.IsOpen)
            Expect(ExecutionTopic(job, s_statuses[now.Status]), now.Thing);
        if (now.Status == 4 && was?.Deadline is { } ranOut)
            _timedOut[(job.Id, now.Thing)] = (now.Number, (DateTimeOffset.FromUnixTimeMilliseconds(ranOut) - Agenda.Start - _world.Agenda.Skew).Ticks);
        Move(was, now);
        _world.Note($"  {name} {s_statuses[now.Status]} v{now.Version}");
    }

    private void CheckInsert(ModelJob job, ModelExecution now)
    {
        if (now is not { Status: 0, Version: 1 })
            Fail("I2 an execution begins QUEUED with version 1", $"{now.Thing} of {job.Id} begins {s_statuses[now.Status]} with version {now.Version}");
        if (job.Status != ModelJob.InProgress)
            Fail("I6 nothing starts after the end", $"{now.Thing} gets {job.Id}, which is {s_jobStatuses[job.Status]}");
        if (job.Rules.IsEnded(WallMs))
            Fail("nothing starts after the end time", $"{now.Thing} gets {job.Id} at {WallMs}, which ended at {job.Rules.End}");
        if (!job.Continuous && !job.Snapshot.Contains(now.Thing))
            Fail("I7 a snapshot is frozen", $"{now.Thing} gets {job.Id} and was in none of its targets");
        if (job.NewestOf(now.Thing) is { IsOpen: true } || (job.NewestOf(now.Thing) is { } newest && newest.Number >= now.Number))
            Fail("I2 executions follow each other", $"{now.Thing} gets execution {now.Number} of {job.Id} while the one before is not over");
        if (now.Deadline != (job.Rules.QueuedMinutes is { } minutes ? now.QueuedAt + (minutes * 60_000) : null))
            Fail("I10 what is queued times out where that was asked for", $"{now.Thing} of {job.Id}, queued at {now.QueuedAt}, times out at {now.Deadline?.ToString() ?? "no time"}");
        job.Newest[now.Thing] = now.Number;
        job.Reached.Add(now.Thing);
        job.Unannounced.Add(now.Thing);
    }

    private void CheckUpdate(ModelExecution was, ModelExecution now)
    {
        if (was == now)
            return;
        var what = $"{now.Thing} of {now.Job.Id}, {s_statuses[was.Status]} v{was.Version} to {s_statuses[now.Status]} v{now.Version}";
        if (!was.IsOpen)
            Fail("I2 terminal is final", what);
        if (now.Status < was.Status || (was.Status == 0 && now.Status == 4 && was.Deadline is null))
            Fail("I2 an execution moves along its states", what);
        var changed = was.Status != now.Status || was.Details != now.Details || was.UpdatedAt != now.UpdatedAt;
        if (now.Version != was.Version + 1 && (changed || now.Version != was.Version))
            Fail("I3 the version rises by one", what);
        if (!now.IsOpen && now.Deadline is not null)
            Fail("I10 only what is not over times out", what);
        if (was.Status == 1 && was.StartedAt != now.StartedAt)
            Fail("I2 an execution starts once", what);
        if (was.Status == 0 && now.Status == 1)
            CheckTimer(now, what);
        CheckGrace(was, now, what);
        if (now.Status != 4)
            return;
        if (was.Deadline is not { } deadline || deadline > WallMs)
            Fail("I10 no time-out comes early", $"{what}, due at {was.Deadline}, at {WallMs}");
        else if (Lateness(deadline) is { } late)
            Fail("I10 time-outs fire within two seconds", FormattableString.Invariant($"{what} is {late.TotalSeconds:F1} s late"));
    }

    /// <summary>Whatever ran when the service went away lapses once devices had time to say what they have done, and no later for that.</summary>
    private void CheckGrace(ModelExecution was, ModelExecution now, string what)
    {
        if (_world.Server is not { } server)
            return;
        var back = _world.Agenda.Now - server.StartedAt;
        // Jumps of less than a second are not made good, and there are four at the most.
        var spare = _world.JumpedAt > 0 ? 4 * Second : Second / 10;
        if (now.Status == 4 && was.TimerSetAt < server.StartedAt && back < SimServer.TimeoutGrace.Ticks - spare)
            Fail("I10 an outage of the service is no device's failure", FormattableString.Invariant($"{what}, {back / (double)Second:F1} s after the service is back"));
        if (now.Version == was.Version && now.Deadline > was.Deadline && _world.JumpedAt == 0 && now.Deadline > WallMs + (long)SimServer.TimeoutGrace.TotalMilliseconds)
            Fail("I10 an outage is forgiven for so long and no longer", $"{what}: due at {was.Deadline}, then at {now.Deadline}, at {WallMs}");
    }

    /// <summary>The timer of an execution that begins is the job's, or a shorter one of the device's.</summary>
    private void CheckTimer(ModelExecution begun, string what)
    {
        if (begun.Job.TimeoutMinutes is { } minutes && !(begun.Deadline <= begun.StartedAt + (minutes * 60_000)))
            Fail("I10 what begins gets the job's time-out", $"{what}: begun at {begun.StartedAt}, {minutes} minutes, until {begun.Deadline?.ToString() ?? "no time"}");
    }

    /// <summary>By how much too late it is, if it is, for something that was due at a time of the server's wall clock. A clock that jumps is seen at the next sweep.</summary>
    private TimeSpan? Lateness(long dueMs)
    {
        if (_world.Server is not { } server)
            return null;
        var passed = (DateTimeOffset.FromUnixTimeMilliseconds(dueMs) - Agenda.Start - _world.Agenda.Skew).Ticks;
        var since = Math.Max(passed, server.StartedAt);
        var allowed = Math.Max(Math.Max(since, _world.StalledUntil) + (2 * Second), _world.JumpedAt + (_world.JumpedAt > 0 ? 32 * Second : 0));
        return _world.Agenda.Now > allowed ? TimeSpan.FromTicks(_world.Agenda.Now - since) : null;
    }

    /// <summary>Whoever fails is given another try as long as the job has some for it, goes on, and means it.</summary>
    private void NoteFailure(ModelJob job, ModelExecution failed)
    {
        var due = job.Status == ModelJob.InProgress && !job.Rules.IsEnded(WallMs) && !job.Rules.MustAbort(job.Rows)
            && job.Rules.Retries(failed.Status, job.Used.GetValueOrDefault(failed.Thing)) && (!job.Continuous || IsTarget(job, failed.Thing));
        _tries[(job, failed.Thing)] = (due, false);
    }

    private void NoteRetry(ModelJob job, string thing)
    {
        if (!_tries.TryGetValue((job, thing), out var tries) || !tries.Due || tries.Given)
        {
            Fail("retries are given as asked for", $"{thing} tries {job.Id} again, which nothing allows");
            return;
        }
        _tries[(job, thing)] = (true, true);
        var before = job.Executions.Values.Where(e => e.Thing == thing && !e.IsOpen).MaxBy(e => e.Number)!;
        var (failed, timedOut) = job.Used.GetValueOrDefault(thing);
        // One went and the other came in the same change.
        NoteListed(thing, -1);
        job.Used[thing] = before.Status == 3 ? (failed + 1, timedOut) : (failed, timedOut + 1);
        job.Retried++;
    }

    private void CheckRetries()
    {
        foreach (var ((job, thing), tries) in _tries)
            if (tries is { Due: true, Given: false })
                Fail("retries are given as asked for", $"{thing} has failed at {job.Id} and is due another try, and has none");
        _tries.Clear();
    }
}
