namespace Godwit.Server.Jobs.Progress;

/// <summary>A job's executions in one pass, summed up: what its counters cannot tell.</summary>
internal sealed record JobPicture
{
    /// <summary>What stands for a picture that is being made.</summary>
    public static readonly JobPicture None = new()
    {
        Seq = 0, Scanned = 0, IsSample = false, Cells = "", Things = [], SelfTest = 0, BucketSeconds = 1, Curve = [], Steps = new JobSteps(), Failures = [], Quiet = [],
    };

    /// <summary>The last record of the job's journal that the picture may hold.</summary>
    public required long Seq { get; init; }

    /// <summary>Executions that were looked at.</summary>
    public required long Scanned { get; init; }

    /// <summary>There are more executions than were looked at.</summary>
    public required bool IsSample { get; init; }

    /// <summary>A character for each thing, by name: see <see cref="ListJobCells"/>.</summary>
    public required string Cells { get; init; }

    /// <summary>The names behind <see cref="Cells"/>.</summary>
    public required IReadOnlyList<string> Things { get; init; }

    /// <summary>Executions IN_PROGRESS whose device tests its new image.</summary>
    public required long SelfTest { get; init; }

    public required long BucketSeconds { get; init; }

    public required IReadOnlyList<JobCurvePoint> Curve { get; init; }

    public required JobSteps Steps { get; init; }

    public required IReadOnlyList<FailureCluster> Failures { get; init; }

    public required IReadOnlyList<QuietThing> Quiet { get; init; }

    /// <summary>What it takes in memory, about: a string is its letters, a head and the place that points at it. Curve, causes and the quiet ones are a few hundred rows.</summary>
    public long Bytes { get; private init; }

    internal JobPicture Weighed() => this with { Bytes = (64L << 10) + (2L * Cells.Length) + Things.Sum(thing => 32 + (2L * thing.Length)) };
}

/// <summary>How many executions had come so far, so many seconds after the job was made.</summary>
public readonly record struct JobCurvePoint(long AtSecond, long Started, long Succeeded, long Hurt);

/// <summary>How long devices took for each step, in seconds: of those that were looked at, half were at most this slow (P50), nine in ten (P90).</summary>
public sealed record JobSteps
{
    /// <summary>From being queued to the first report.</summary>
    public StepTime? Begin { get; init; }

    /// <summary>From the first report to a verified image.</summary>
    public StepTime? Download { get; init; }

    /// <summary>From a verified image to the end, restart included.</summary>
    public StepTime? SelfTest { get; init; }

    /// <summary>From being queued to the end.</summary>
    public StepTime? Whole { get; init; }
}

/// <inheritdoc cref="JobSteps"/>
public readonly record struct StepTime(double P50, double P90, long Devices)
{
    internal static StepTime? Of(List<long> milliseconds)
    {
        if (milliseconds.Count == 0)
            return null;
        milliseconds.Sort();
        return new StepTime(At(50), At(90), milliseconds.Count);

        double At(int percent) => Math.Round(milliseconds[Math.Max(1, ((milliseconds.Count * percent) + 99) / 100) - 1] / 1000.0, 2);
    }
}

/// <summary>Devices that ended badly for one cause.</summary>
/// <param name="Reason">What the first of them reported, as it came.</param>
/// <param name="Things">Some of them.</param>
public sealed record FailureCluster(string Key, string Status, string Title, string Remedy, string? Reason, long Count, IReadOnlyList<string> Things);

/// <summary>A thing IN_PROGRESS, and when it last said anything.</summary>
public sealed record QuietThing(string ThingName, DateTimeOffset LastReportAt);
