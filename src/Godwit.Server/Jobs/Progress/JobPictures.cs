using Godwit.Server.Storage;

namespace Godwit.Server.Jobs.Progress;

/// <summary>
/// Pictures of jobs that are looked at, each made once for all who look: again only when the job's journal has grown, and never so often that the walks
/// would take more than a tenth of a core.
/// </summary>
internal sealed class JobPictures(TimeProvider time)
{
    private const int KeptMax = 16;
    private const int Rest = 9;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Entry> _kept = [];

    public JobPicture Of(ReadSession session, JobRow job)
    {
        var entry = EntryOf(job.JobKey);
        lock (entry)
        {
            var seq = session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal WHERE account = @Account AND job = @JobId", new { job.Account, job.JobId });
            if (entry.Picture is { } picture && (picture.Seq == seq || time.GetElapsedTime(entry.MadeAt) < entry.Took * Rest))
                return picture;
            var started = time.GetTimestamp();
            entry.Picture = new JobScan(job, seq).Run(session);
            (entry.MadeAt, entry.Took) = (time.GetTimestamp(), time.GetElapsedTime(started));
            return entry.Picture;
        }
    }

    private Entry EntryOf(long key)
    {
        lock (_lock)
        {
            if (!_kept.TryGetValue(key, out var entry))
            {
                if (_kept.Count >= KeptMax)
                    _kept.Remove(_kept.MinBy(pair => pair.Value.MadeAt).Key);
                _kept[key] = entry = new Entry();
            }
            return entry;
        }
    }

    private sealed class Entry
    {
        public JobPicture? Picture { get; set; }

        public long MadeAt { get; set; }

        public TimeSpan Took { get; set; }
    }
}
