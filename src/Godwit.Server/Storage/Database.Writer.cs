using System.Data.Common;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Storage;

/// <summary>The writer's thread: takes what waits, runs each change in a savepoint, commits once, then completes the callers.</summary>
public sealed partial class Database
{
    private void WriteLoop()
    {
        var batch = new List<WriteUnit>(BatchMax);
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            CommitBatch(batch);
        }
    }

    /// <summary>Does the writer's thread's part where there is no such thread: one batch of what waits. Answers whether there was any.</summary>
    internal bool CommitWaiting()
    {
        if (_waiting.Reader.Count == 0)
            return false;
        CommitBatch([]);
        return true;
    }

    private void CommitBatch(List<WriteUnit> batch)
    {
        var chainBefore = _chain;
        try
        {
            using var transaction = _sqlite.BeginWrite(_writer);
            while (batch.Count < BatchMax && _waiting.Reader.TryRead(out var unit))
            {
                batch.Add(unit);
                RunInSavepoint(unit, transaction);
            }
            transaction.Commit();
        }
        catch (Exception failure)
        {
            // The whole batch is undone: no caller has been told that it succeeded.
            _chain = chainBefore;
            LogCommitFailed(failure, batch.Count);
            foreach (var unit in batch)
                unit.Fail(new StorageException("The change could not be made durable; it has been undone.", failure));
            _sqlite.ExitIfDiskLies(failure);
            return;
        }
        foreach (var unit in batch)
            Complete(unit);
        _sqlite.CheckpointWhenLarge();
    }

    private void RunInSavepoint(WriteUnit unit, DbTransaction transaction)
    {
        Run("SAVEPOINT unit");
        var session = new WriteSession(_writer, transaction, _hot, _time.GetUtcNow(), _chain);
        if (unit.Run(session))
            _chain = session.Chain;
        else
            Run("ROLLBACK TO unit");
        Run("RELEASE unit");

        void Run(string sql) => _hot.Bind(sql, transaction, []).ExecuteNonQuery();
    }

    private void Complete(WriteUnit unit)
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
        unit.Complete();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Commit of {Changes} changes failed; they are undone")]
    private partial void LogCommitFailed(Exception failure, int changes);

    [LoggerMessage(Level = LogLevel.Error, Message = "What should follow a commit failed; the commit stands")]
    private partial void LogAfterCommitFailed(Exception failure);
}
