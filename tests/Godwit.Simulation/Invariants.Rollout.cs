namespace Godwit.Simulation;

/// <summary>How fast, how far and under which conditions a rollout goes, and that it goes on.</summary>
internal sealed partial class Invariants
{
    /// <summary>A journal record says that an execution was queued, and why. Its row, and those that were queued with it, came just before.</summary>
    private void OnQueued(ModelJob job, string thing, string why)
    {
        if (why == "RolloutPace" && job.Announcing == 0)
        {
            job.Announcing = job.Unannounced.Count;
            CheckStart(job, job.Announcing);
        }
        if (why == "RolloutPace")
            job.Announcing--;
        else if (why == "Joined")
            CheckLateJoiner(job, thing);
        job.Unannounced.Remove(thing);
        if (why == "RetryRule")
            NoteRetry(job, thing);
        else
            job.Used.Remove(thing);
    }

    private void CheckStart(ModelJob job, int count)
    {
        var now = _world.Agenda.Now;
        job.StartedAt = now;
        job.Starts.Enqueue((now, count));
        while (job.Starts.Peek().At <= now - (60 * Second))
            job.Starts.Dequeue();
        var rate = job.Rules.Rate(job.All - job.Retried - count, job.Rows[2]);
        var (minute, second) = (0, 0);
        foreach (var start in job.Starts)
        {
            minute += start.Count;
            second += start.At > now - Second ? start.Count : 0;
        }
        if (minute > rate)
            Fail("I5 no minute holds more than the rate", $"{job.Id} started {minute} in a minute at a rate of {rate}");
        if (second > (rate / 60.0) + 1)
            Fail("I5 the rate is smooth", $"{job.Id} started {second} in a second at a rate of {rate} a minute");
        if (job.Rules.MustAbort(job.Rows))
            Fail("I6 nothing starts once an abort is due", $"{job.Id} started {count} with {Show(job.Rows)}");
        if (job.Leaving)
            Fail("I7 who leaves loses what it has not begun", $"{job.Id} started {count} while a group leaves");
        if (job.Paused)
            Fail("a paused rollout reaches nothing", $"{job.Id} started {count}");
        if (!job.Rules.IsOpen(WallMs))
            Fail("a rollout keeps to its schedule", $"{job.Id} started {count} at {WallMs}");
        if (job.Rules.InFlightMax is { } most && job.Open > most)
            Fail("a rollout keeps to its cap", $"{job.Id} started {count} and has {job.Open} in flight of {most}");
        // Things that are gone are passed over: they were counted when the stage was.
        var things = job.PendingRows + job.All - job.Retried + job.Passed - count;
        if (job.All - job.Retried > job.Rules.StageLimit(things, job.Rows[2]))
            Fail("a stage opens when enough have succeeded", $"{job.Id} has reached {job.All - job.Retried} of {things} with {Show(job.Rows)}");
        job.Passed = 0;
        // What comes to a shuffled job from now on may go in front of what has started.
        if (job.Rules.ShuffleSeed is not null && job.Waiting.Count > 0 && job.Unannounced.Max(job.PlaceOf) > job.Waiting.Keys.Min(job.PlaceOf))
            Fail("a shuffled rollout goes by its seed", $"{job.Id} has started {string.Join(", ", job.Unannounced)} before {job.Waiting.Keys.MinBy(job.PlaceOf)}");
    }

    private void CheckLateJoiner(ModelJob job, string thing)
    {
        if (job.Paused || !job.Rules.IsOpen(WallMs) || job.Rules.LateJoinersWait)
            Fail("late joiners wait where they must", $"{thing} gets {job.Id} at once at {WallMs}, paused: {job.Paused}, at the rate: {job.Rules.LateJoinersWait}");
    }

    /// <summary>How many more things the stages and the cap let the rollout reach.</summary>
    private static long Room(ModelJob job)
    {
        var reached = job.All - job.Retried;
        return Math.Min(
            (job.Rules.InFlightMax ?? long.MaxValue) - job.Open,
            job.Rules.StageLimit(job.PendingRows + reached, job.Rows[2]) - reached);
    }

    /// <summary>A rollout that may go on waits a minute at the most, for its pace; a look that was put off by a clock that jumped comes with the next sweep.</summary>
    private void CheckGoesOn(ModelJob job)
    {
        if (_world.Server is not { } server)
            return;
        if (job.Status != ModelJob.InProgress || job.PendingRows == 0 || job.Paused || job.Expanding || !job.Rules.IsOpen(WallMs) || Room(job) <= 0)
        {
            job.HeldAt = _world.Agenda.Now;
            return;
        }
        var since = Math.Max(Math.Max(Math.Max(job.StartedAt, job.HeldAt), server.StartedAt), Math.Max(_world.JumpedAt, _world.StalledUntil));
        if (_world.Agenda.Now - since > 95 * Second)
            Fail("a rollout goes on", $"{job.Id} has {job.PendingRows} to be reached and has started none for a minute and a half");
    }
}
