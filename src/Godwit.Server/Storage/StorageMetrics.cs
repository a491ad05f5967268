using System.Diagnostics.Metrics;
using Godwit.Core.Journal;

namespace Godwit.Server.Storage;

/// <summary>What the writer does, for whoever listens to the meter. Without a listener it costs a look at a field.</summary>
public static class StorageMetrics
{
    public const string MeterName = "Godwit.Storage";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Histogram<double> Commit = Meter.CreateHistogram<double>("godwit.commit.duration", "s", "From the first change of a batch to its commit");
    private static readonly Histogram<long> Batch = Meter.CreateHistogram<long>("godwit.commit.changes", "{change}", "Changes that shared a commit");
    private static readonly Counter<long> Failed = Meter.CreateCounter<long>("godwit.commit.failures", "{commit}", "Commits that failed");
    private static readonly Counter<long> Records = Meter.CreateCounter<long>("godwit.journal.records", "{record}", "Records of the journal");
    private static readonly Counter<long> Moves = Meter.CreateCounter<long>("godwit.job.execution.moves", "{execution}", "Executions that came into a state");

    internal static void Committed(TimeSpan duration, int changes)
    {
        Commit.Record(duration.TotalSeconds);
        Batch.Record(changes);
    }

    internal static void CommitFailed() => Failed.Add(1);

    internal static void Recorded(Fact fact)
    {
        Records.Add(1);
        // An execution's states are AWS's words: their number is bounded.
        if (fact is { Thing: not null, Job: not null, To: { } state } && fact.From != state)
            Moves.Add(1, new KeyValuePair<string, object?>("status", state));
    }
}
