namespace Godwit.Core.Jobs;

/// <summary>What a job may be told beyond AWS's configs. Nothing of it is on unless asked for.</summary>
public sealed record JobControls
{
    public const int StagesMax = 20;

    /// <summary>Two years, as long as a job may last.</summary>
    public const int QueuedMinutesMax = 1_051_200;

    /// <summary>The success bar of stages where none is named, in percent.</summary>
    public const double StageSuccessDefault = 95;

    public static JobControls None { get; } = new();

    /// <summary>Growing shares of the job's things, in percent, the last 100; empty for no stages.</summary>
    public IReadOnlyList<double> Stages { get; init; } = [];

    /// <summary>So many percent of a stage's things must have succeeded before the next stage begins.</summary>
    public double? StageSuccess { get; init; }

    /// <summary>The most things that may have the job QUEUED or IN_PROGRESS when the rollout reaches a further one.</summary>
    public int? MaxInFlight { get; init; }

    /// <summary>An execution that nobody has begun after this long has timed out.</summary>
    public int? QueuedTimeoutMinutes { get; init; }

    /// <summary>Things that join a continuous job's targets wait for the rollout's rate; on AWS they pass it by.</summary>
    public bool LateJoinersAtRate { get; init; }

    /// <summary>The rollout goes by <see cref="ShuffleOrder"/> with this seed; null for the order of targets and names.</summary>
    public string? ShuffleSeed { get; init; }

    /// <summary>Whether every execution that ends may let others begin.</summary>
    public bool IsPacedByEndings => Stages.Count > 0 || MaxInFlight is not null;
}

/// <summary>How many more things a rollout may reach now, whatever its rate.</summary>
public static class RolloutGate
{
    /// <param name="pending">Things that have no execution yet.</param>
    /// <param name="reached">Things that the rollout has reached.</param>
    public static long Open(JobControls controls, long pending, long reached, JobCounts counts)
    {
        var room = pending;
        if (controls.MaxInFlight is { } most)
            room = Math.Min(room, most - counts.Open);
        if (controls.Stages.Count > 0)
            room = Math.Min(room, StageLimit(controls, pending + reached, counts.Succeeded) - reached);
        return Math.Max(0, room);
    }

    /// <summary>The stage in force: each opens the next once its share of successes is there.</summary>
    /// <param name="total">Things that the rollout has reached or is to reach.</param>
    public static int StageInForce(JobControls controls, long total, long succeeded)
    {
        var bar = (long)Math.Round((controls.StageSuccess ?? JobControls.StageSuccessDefault) * 100);
        var stage = 0;
        while (stage < controls.Stages.Count - 1 && succeeded * 10_000 >= bar * ThingsOf(controls.Stages[stage], total))
            stage++;
        return stage;
    }

    private static long StageLimit(JobControls controls, long total, long succeeded) => ThingsOf(controls.Stages[StageInForce(controls, total, succeeded)], total);

    /// <summary>Hundredths of a percent as whole numbers; a stage holds at least one thing.</summary>
    private static long ThingsOf(double stage, long total) => Math.Max(1, ShareOf(total, (long)Math.Round(stage * 100)));

    private static long ShareOf(long total, long hundredths) => ((total * hundredths) + 9_999) / 10_000;
}
