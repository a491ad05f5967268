namespace Godwit.Simulation;

/// <summary>What a job may become, and when it must.</summary>
internal sealed partial class Invariants
{
    private void OnJob(Change change)
    {
        if (change.What == 'D')
        {
            if (!_jobs.Remove(change.Key, out var gone))
                return;
            _jobsById.Remove(gone.Id);
            if (gone.Executions.Count > 0)
                Fail("I12 a deletion leaves no orphan", $"{gone.Id} is gone and {gone.Executions.Count} executions of it are not");
            if (gone.PendingRows > 0)
                Fail("I12 a deletion leaves no orphan", $"{gone.Id} is gone and {gone.PendingRows} things wait for it");
            return;
        }
        if (change.What == 'I')
        {
            var created = new ModelJob(change) { CreatedAt = _world.Agenda.Now, HeldAt = _world.Agenda.Now };
            _jobs.Add(created.Key, created);
            _jobsById.Add(created.Id, created);
            _jobsEver.Add(created.Id);
            CheckJobOfUpdate(created.Id);
            _changed.Add(created);
            _expected.Add($"job/{created.Id} null>{s_jobStatuses[created.Status]}");
            return;
        }
        var job = _jobs[change.Key];
        var was = job.Status;
        job.Take(change);
        _changed.Add(job);
        if (was == job.Status)
            return;
        _expected.Add($"job/{job.Id} {s_jobStatuses[was]}>{s_jobStatuses[job.Status]}");
        CheckJobMove(job, was, change.Texts[2]);
        foreach (var execution in job.Executions.Values)
            if (execution.IsOpen)
            {
                Touch(execution.Thing);
                NoteMoment(execution.Thing);
            }
    }

    private void CheckJobMove(ModelJob job, long was, string? reason)
    {
        var possible = (was, job.Status) is (ModelJob.InProgress, ModelJob.Completed or ModelJob.Canceled or ModelJob.Deleting)
            or (ModelJob.Scheduled, ModelJob.InProgress or ModelJob.Canceled or ModelJob.Deleting)
            or (ModelJob.Completed or ModelJob.Canceled, ModelJob.Deleting);
        if (!possible)
            Fail("I2 a job moves along its states", $"{job.Id} from {s_jobStatuses[was]} to {s_jobStatuses[job.Status]}");
        if (job.Status == ModelJob.InProgress && job.Rules.Start > WallMs)
            Fail("a job begins at its start", $"{job.Id} begins {job.Rules.Start - WallMs} ms early");
        if (job.Status == ModelJob.Completed)
        {
            var missing = IsEnded(job) ? 0 : job.Snapshot.Count(thing => _things.Contains(thing) && !job.Reached.Contains(thing));
            if (job.Continuous || job.Open > 0 || job.PendingRows > 0 || missing > 0)
                Fail("a job completes when all is done", $"{job.Id} is COMPLETED with {job.Open} open, {job.PendingRows} to be reached, {missing} never reached");
        }
        if (job.Status != ModelJob.Canceled)
            return;
        if (reason == "END_TIME_REACHED" && (!IsEnded(job) || job.Rules.AtEnd != (job.ForceCanceled ? "FORCE_CANCEL" : "CANCEL")))
            Fail("a job ends as it was told", $"{job.Id} is canceled for its end at {job.Rules.End}, behavior {job.Rules.AtEnd}, at {WallMs}");
        if (reason != "JOB_ABORTED")
            return;
        if (!job.Rules.MustAbort(job.Rows) || job.Aborted)
            Fail("I6 an abort fires exactly when it is due, once", $"{job.Id} is aborted with {Show(job.Rows)}");
        job.Aborted = true;
    }

    private void OnProgress(Change change)
    {
        if (change.What == 'D' || !_jobs.TryGetValue(change.Key, out var job))
            return;
        for (var i = 0; i < 8; i++)
            job.Counters[i] = change.Number(i);
        (job.Pending, job.Expanding) = (change.Number(8), change.Number(9) != 0);
        var leaving = change.Number(10) != 0;
        // From now on it must be as if all had left with their group.
        if (job.Leaving && !leaving)
            _moved.UnionWith(_things.Concat(job.Waiting.Keys));
        job.Leaving = leaving;
        if (change.Number(11) == 0 && job.Sweep is 1 or 2)
            Expect(JobTopic(job, "canceled"));
        job.Sweep = change.Number(11);
        _changed.Add(job);
    }

    private void CheckCounters(ModelJob job)
    {
        // What a deletion takes away is not counted any more.
        if (!_jobs.ContainsKey(job.Key) || job.Status == ModelJob.Deleting)
            return;
        if (!job.Rows.AsSpan().SequenceEqual(job.Counters))
            Fail("counters equal rows", $"{job.Id} counts {Show(job.Counters)} and has {Show(job.Rows)}");
        if (job.Status == ModelJob.InProgress && job.Pending != job.PendingRows)
            Fail("counters equal rows", $"{job.Id} counts {job.Pending} things to be reached and has {job.PendingRows}");
    }

    /// <summary>What must be so once the server has nothing more to do for a job that has changed.</summary>
    private void CheckRested(ModelJob job)
    {
        if (!_jobs.ContainsKey(job.Key))
            return;
        if (job.Status == ModelJob.InProgress && job.Rules.MustAbort(job.Rows))
            Fail("I6 an abort comes at once", $"{job.Id} has reached its criterion and goes on: {Show(job.Rows)}");
        if (job.Status == ModelJob.InProgress && !job.Continuous && !job.Expanding && job.Pending == 0 && job.Open == 0)
            Fail("a snapshot completes", $"{job.Id} has nothing left to do and is not COMPLETED");
        if (job is { Status: ModelJob.InProgress or ModelJob.Scheduled, Leaving: true })
            Fail("I7 who leaves loses what it has not begun", $"{job.Id} has still to let go of a group that is gone");
        if (job.Status == ModelJob.Canceled && job.Rows[0] > 0)
            Fail("I6 a canceled job leaves nothing queued", $"{job.Id} has {job.Rows[0]} executions QUEUED");
        if (job is { Status: ModelJob.Canceled, ForceCanceled: true } && job.Rows[1] > 0)
            Fail("a forced cancellation reaches what is in progress", $"{job.Id} has {job.Rows[1]} executions IN_PROGRESS");
        if (job.Status is ModelJob.Canceled or ModelJob.Completed && job.PendingRows > 0)
            Fail("nothing waits for a job that is over", $"{job.Id} is {s_jobStatuses[job.Status]} and {job.PendingRows} things wait for it");
        if (job.Status == ModelJob.Deleting)
            Fail("I12 a deletion ends", $"{job.Id} is still there");
    }

    /// <summary>The start and the end of a job are met within two seconds, as time-outs are.</summary>
    private void CheckSchedule(ModelJob job)
    {
        if (job.Status == ModelJob.Scheduled && job.Rules.Start is { } start && Lateness(start) is { } late)
            Fail("a job begins at its start", FormattableString.Invariant($"{job.Id} is {late.TotalSeconds:F1} s late"));
        if (!IsEnded(job) || job.Status is not (ModelJob.Scheduled or ModelJob.InProgress))
            return;
        // An end that a clock that was set back has taken back is not missed.
        if (!job.Rules.IsEnded(WallMs) || Lateness(job.Rules.End!.Value) is not { } over)
            return;
        if (job.Rules.AtEnd is "CANCEL" or "FORCE_CANCEL" || job.PendingRows > 0)
            Fail("a job ends at its end", FormattableString.Invariant($"{job.Id} is {s_jobStatuses[job.Status]} with {job.PendingRows} to be reached {over.TotalSeconds:F1} s after its end"));
    }

    private bool IsEnded(ModelJob job) => job.EndSeen |= job.Rules.IsEnded(WallMs);

    private string LeftOf(ModelJob job)
    {
        if (job.Status == ModelJob.Scheduled || (job.Status == ModelJob.InProgress && !job.Continuous && !IsHeldForGood(job)))
            return $"{job.Id} is {s_jobStatuses[job.Status]} with {Show(job.Rows)} and {job.PendingRows} to be reached";
        if (job.Open > 0 || (job.PendingRows > 0 && !IsHeldForGood(job)))
            return $"{job.Id} has {Show(job.Rows)} and {job.PendingRows} to be reached";
        if (!job.Continuous || job.Status != ModelJob.InProgress || IsEnded(job) || IsHeldForGood(job))
            return "";
        var without = ThingsOf(job).FirstOrDefault(thing => !job.Reached.Contains(thing));
        return without is null ? "" : $"{job.Id} has not come to {without}, one of its targets";
    }

    /// <summary>A stage that can never meet its bar holds the rollout until somebody decides.</summary>
    private static bool IsHeldForGood(ModelJob job) => job is { Open: 0, Paused: false, PendingRows: > 0 } && Room(job) <= 0;
}
