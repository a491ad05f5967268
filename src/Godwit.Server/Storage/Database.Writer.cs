using System.Data;
using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Storage;

/// <summary>The writer's thread: takes what waits, runs each change in a savepoint, commits once, then completes the callers.</summary>
public sealed partial class Database
{
    /// <summary>For so long it is remembered how long changes had to wait: those who were held up by it come only then.</summary>
    private static readonly TimeSpan WaitRemembered = TimeSpan.FromSeconds(1);

    /// <summary>The longest that changes had to wait of late, or that a commit took, and when that was. The writer's own.</summary>
    private TimeSpan _waited;
    private long _waitedAt;

    private void WriteLoop()
    {
        var batch = new List<WriteUnit>(BatchMax);
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            CommitBatch(batch);
        }
    }

    /// <summary>Whether changes wait for <see cref="CommitWaiting"/>.</summary>
    internal bool HasWaiting => _waiting.Reader.Count > 0;

    /// <summary>Does the writer's thread's part where there is no such thread: one batch of what waits. Answers whether there was any.</summary>
    internal bool CommitWaiting()
    {
        if (!HasWaiting)
            return false;
        CommitBatch([]);
        return true;
    }

    private void CommitBatch(List<WriteUnit> batch)
    {
        var (chainBefore, clockBefore) = (_chain, _clock.Last);
        var committing = false;
        var started = _time.GetTimestamp();
        var waited = TimeSpan.Zero;
        try
        {
            var writer = Writer();
            using var transaction = _dialect.BeginWrite(writer.Connection);
            while (batch.Count < BatchMax && _waiting.Reader.TryRead(out var unit))
            {
                batch.Add(unit);
                waited = Longer(waited, _time.GetElapsedTime(unit.AskedAt));
                RunInSavepoint(unit, writer, transaction, Longer(waited, _waited), next: batch.Count > 1);
            }
            committing = true;
            transaction.Commit();
        }
        catch (Exception failure)
        {
            var outcome = committing && !_dialect.SaysUndone(failure) ? AskOutcome(batch, chainBefore) : Outcome.Undone;
            if (outcome != Outcome.Committed)
            {
                Undo(batch, chainBefore, failure, outcome);
                // A jump that was seen is seen again.
                _clock.Last = clockBefore;
                return;
            }
        }
        _lastCommit = _time.GetTimestamp();
        NoteWaited(Longer(waited, _time.GetElapsedTime(started, _lastCommit)));
        StorageMetrics.Committed(_time.GetElapsedTime(started, _lastCommit), batch.Count);
        foreach (var unit in batch)
            Complete(unit);
        if (!ReferenceEquals(_chain, chainBefore))
            JournalGrew?.Invoke();
        if (batch.Exists(unit => unit.Failure is StorageException))
            DropWriter();
        else
            _dialect.Committed();
    }

    /// <param name="next">Whether the batch has a savepoint already: one round trip ends it and begins the next.</param>
    private void RunInSavepoint(WriteUnit unit, HotStatements hot, DbTransaction transaction, TimeSpan waited, bool next)
    {
        var (now, jump) = _clock.Read();
        if (jump != TimeSpan.Zero)
            ClockJumped?.Invoke(new WriteSession(hot, transaction, now, _chain, waited), jump);
        Run(next ? "RELEASE SAVEPOINT unit; SAVEPOINT unit" : "SAVEPOINT unit");
        var session = new WriteSession(hot, transaction, now, _chain, waited);
        if (unit.Run(session, _dialect))
            _chain = session.Chain;
        else
            Run("ROLLBACK TO SAVEPOINT unit");

        void Run(string sql) => hot.Bind(sql, transaction, []).ExecuteNonQuery();
    }

    private void NoteWaited(TimeSpan waited)
    {
        if (waited >= _waited || _time.GetElapsedTime(_waitedAt) > WaitRemembered)
            (_waited, _waitedAt) = (waited, _lastCommit);
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>No caller has been told that its change succeeded, and none will be.</summary>
    private void Undo(List<WriteUnit> batch, byte[] chainBefore, Exception failure, Outcome outcome)
    {
        StorageMetrics.CommitFailed();
        _chain = chainBefore;
        // Where not even a transaction could be begun, those who wait are told so rather than left waiting.
        while (batch.Count < BatchMax && _waiting.Reader.TryRead(out var unit))
            batch.Add(unit);
        // A database that is away is told once, not with every batch that it refuses.
        if (!_lost)
            LogCommitFailed(failure, batch.Count, outcome);
        _lost = _writer is not { State: ConnectionState.Open };
        var told = outcome == Outcome.Undone
            ? new StorageException("The change could not be made durable; it has been undone.", failure)
            : new StorageException("The database was lost while it committed the change; whether it was made is not known yet.", failure);
        foreach (var unit in batch)
            unit.Fail(told);
        _dialect.Failed(failure);
    }

    private void Complete(WriteUnit unit)
    {
        foreach (var fact in unit.Facts)
            StorageMetrics.Recorded(fact);
        RunAfterwards(unit);
        unit.Complete();
    }

    private void RunAfterwards(WriteUnit unit)
    {
        foreach (var action in unit.Afterwards)
        {
            try
            {
                action();
            }
            catch (Exception failure)
            {
                LogAfterCommitFailed(failure);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Commit of {Changes} changes failed: {Outcome}")]
    private partial void LogCommitFailed(Exception failure, int changes, Outcome outcome);

    [LoggerMessage(Level = LogLevel.Error, Message = "What should follow a commit failed; the commit stands")]
    private partial void LogAfterCommitFailed(Exception failure);
}
