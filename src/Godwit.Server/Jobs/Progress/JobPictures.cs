using Godwit.Server.Storage;

namespace Godwit.Server.Jobs.Progress;

/// <summary>
/// Pictures of jobs that are looked at, each made once for all who look: again only when the job's journal has grown, and never so often that the walks
/// would take more than a tenth of a core. A small job's is made while one waits; a large one's in the background, and meanwhile there is the last, or none.
/// Those that were looked at last are kept, as far as <paramref name="bytesMax"/> goes.
/// </summary>
/// <param name="bytesMax">What all that are kept may take together, about. The newest one always stays.</param>
internal sealed class JobPictures(Database database, TimeProvider time, long bytesMax = JobPictures.BytesMax)
{
    /// <summary>Room for two pictures of a hundred thousand things with the longest of names, and for dozens of common ones.</summary>
    public const long BytesMax = 64L << 20;

    private const int KeptMax = 64;
    private const int Rest = 9;

    /// <summary>Executions that are walked in some milliseconds.</summary>
    private const int SmallMax = 5000;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Entry> _kept = [];
    private long _looks;

    /// <summary>One large walk at a time: they must not take all of the readers.</summary>
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>What the kept pictures take, about.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
                return _kept.Values.Sum(entry => entry.Picture?.Bytes ?? 0);
        }
    }

    /// <summary>Null while the first picture of a large job is being made.</summary>
    public JobPicture? Of(ReadSession session, JobRow job, long executions)
    {
        var seq = session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal WHERE account = @Account AND job = @JobId", new { job.Account, job.JobId });
        var entry = EntryOf(job.JobKey);
        lock (entry)
        {
            if (entry.Picture?.Seq == seq || entry.IsBeingMade || (entry.Picture is not null && time.GetElapsedTime(entry.MadeAt) < entry.Took * Rest))
                return entry.Picture;
            if (executions <= SmallMax)
                return Make(entry, session, job, seq);
            entry.IsBeingMade = true;
        }
        _ = Task.Run(() => MakeLater(entry, job, seq));
        return entry.Picture;
    }

    private async Task MakeLater(Entry entry, JobRow job, long seq)
    {
        await _one.WaitAsync();
        try
        {
            await database.Read(session => Make(entry, session, job, seq), CancellationToken.None);
        }
        catch (StorageException)
        {
            // The database is away: whoever looks next begins again.
        }
        finally
        {
            _one.Release();
            entry.IsBeingMade = false;
        }
    }

    private JobPicture Make(Entry entry, ReadSession session, JobRow job, long seq)
    {
        var started = time.GetTimestamp();
        var made = new JobScan(job, seq).Run(session).Weighed();
        lock (entry)
            (entry.MadeAt, entry.Took, entry.Picture) = (time.GetTimestamp(), time.GetElapsedTime(started), made);
        MakeRoom(job.JobKey);
        return made;
    }

    /// <summary>Forgets what was looked at longest ago, until the others fit.</summary>
    private void MakeRoom(long newest)
    {
        lock (_lock)
        {
            var bytes = _kept.Values.Sum(entry => entry.Picture?.Bytes ?? 0);
            foreach (var (key, entry) in _kept.Where(pair => pair.Key != newest && pair.Value.Picture is not null).OrderBy(pair => pair.Value.SeenAt).ToList())
            {
                if (bytes <= bytesMax)
                    return;
                bytes -= entry.Picture?.Bytes ?? 0;
                _kept.Remove(key);
            }
        }
    }

    private Entry EntryOf(long key)
    {
        lock (_lock)
        {
            if (!_kept.TryGetValue(key, out var entry))
            {
                if (_kept.Count >= KeptMax)
                    _kept.Remove(_kept.MinBy(pair => pair.Value.SeenAt).Key);
                _kept[key] = entry = new Entry();
            }
            entry.SeenAt = ++_looks;
            return entry;
        }
    }

    private sealed class Entry
    {
        public volatile JobPicture? Picture;

        public volatile bool IsBeingMade;

        /// <summary>A number that grows with each look at any of them.</summary>
        public long SeenAt { get; set; }

        public long MadeAt { get; set; }

        public TimeSpan Took { get; set; }
    }
}
