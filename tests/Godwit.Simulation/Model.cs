using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Simulation;

/// <summary>An execution as the database last said it is.</summary>
internal sealed record ModelExecution(
    ModelJob Job, string Thing, long Number, long Status, long Version, long QueuedAt, long? StartedAt, long UpdatedAt, long? Deadline, string? Details)
{
    public bool IsOpen => Status < 2;

    /// <summary>Whether the thing may see it among what it has to do.</summary>
    public bool IsPending => IsOpen && (Job.Status == ModelJob.InProgress || (Status == 1 && Job.Status != ModelJob.Deleting));

    public string Name => $"{Job.Id}#{Number}";

    /// <summary>When it got the timer that it has, in true time.</summary>
    public long TimerSetAt { get; init; }

    public static ModelExecution Of(ModelJob job, Change change) => new(
        job, change.Text(0), change.Number(0), change.Number(1), change.Number(2), change.Number(3), change.Numbers[4], change.Number(5), change.Numbers[8], change.Texts[1]);
}

/// <summary>A job as the database last said it is.</summary>
internal sealed class ModelJob
{
    public const long InProgress = 0;
    public const long Scheduled = 1;
    public const long Completed = 2;
    public const long Canceled = 3;
    public const long Deleting = 4;

    private readonly Dictionary<string, ulong> _places = new(StringComparer.Ordinal);

    public ModelJob(Change change)
    {
        (Key, Id, Continuous, Rules) = (change.Key, change.Text(0), change.Text(1) == "CONTINUOUS", new ModelRules(change.Texts));
        Take(change);
    }

    public long Key { get; }

    public string Id { get; }

    public bool Continuous { get; }

    public ModelRules Rules { get; private set; }

    /// <summary>In true time.</summary>
    public long CreatedAt { get; init; }

    public long Status { get; set; }

    public long? TimeoutMinutes { get; private set; }

    public bool Paused { get; private set; }

    public bool ForceCanceled { get; private set; }

    public bool Aborted { get; set; }

    /// <summary>Its end was seen to have come, whatever the clock said later.</summary>
    public bool EndSeen { get; set; }

    /// <summary>When the rollout last had a reason not to go on, in true time.</summary>
    public long HeldAt { get; set; }

    /// <summary>The things that the targets stood for when they were named.</summary>
    public HashSet<string> Snapshot { get; } = new(StringComparer.Ordinal);

    /// <summary>The targets: groups, and things by their own name.</summary>
    public HashSet<string> Groups { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Named { get; } = new(StringComparer.Ordinal);

    public Dictionary<(string Thing, long Number), ModelExecution> Executions { get; } = [];

    /// <summary>The newest execution of each thing that is there; and things that ever had one.</summary>
    public Dictionary<string, long> Newest { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Reached { get; } = new(StringComparer.Ordinal);

    /// <summary>Retries that a thing has used since it last came to the job.</summary>
    public Dictionary<string, (long Failed, long TimedOut)> Used { get; } = new(StringComparer.Ordinal);

    /// <summary>Executions by status: counted here, and as the service counts them.</summary>
    public long[] Rows { get; } = new long[8];

    public long[] Counters { get; set; } = new long[8];

    /// <summary>The things to be reached, with how many rows say so.</summary>
    public Dictionary<string, int> Waiting { get; } = new(StringComparer.Ordinal);

    public int PendingRows { get; set; }

    public long Pending { get; set; }

    public bool Expanding { get; set; } = true;

    /// <summary>What the things of a large group that is gone have not begun is being taken away.</summary>
    public bool Leaving { get; set; }

    /// <summary>What the runner is taking away of it: 0 nothing, 1 and 2 its executions are being canceled, 3 all of it goes.</summary>
    public long Sweep { get; set; }

    /// <summary>Things that left the wait since the last start, reached or passed over.</summary>
    public long Passed { get; set; }

    /// <summary>Things whose execution was queued and of which the journal has not told yet; and how many of those are of one start that it is telling of.</summary>
    public List<string> Unannounced { get; } = [];

    public int Announcing { get; set; }

    /// <summary>Executions that were retries.</summary>
    public long Retried { get; set; }

    /// <summary>When the rollout started how many, in true time; what is older than a minute is gone.</summary>
    public Queue<(long At, int Count)> Starts { get; } = new();

    public long StartedAt { get; set; }

    public long Open => Rows[0] + Rows[1];

    public long All => Rows.Sum();

    /// <summary>Takes over what may change. The rules are read again only where their texts are others.</summary>
    public void Take(Change change)
    {
        (Status, TimeoutMinutes, Paused, ForceCanceled) = (change.Number(0), change.Numbers[1], change.Number(2) != 0, change.Number(3) != 0);
        if (!Rules.IsOf(change.Texts))
            Rules = new ModelRules(change.Texts);
    }

    /// <summary>Where a shuffled rollout has the thing: the first 64 bits of SHA-256 of seed and name.</summary>
    public ulong PlaceOf(string thing)
    {
        if (!_places.TryGetValue(thing, out var place))
            _places.Add(thing, place = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{Rules.ShuffleSeed}/{thing}"))));
        return place;
    }

    public ModelExecution? NewestOf(string thing) => Newest.TryGetValue(thing, out var number) ? Executions.GetValueOrDefault((thing, number)) : null;
}
