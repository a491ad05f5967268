using System.Data;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Storage;

/// <summary>
/// The writer's connection after a loss. The journal's last hash tells which commits arrived: nothing is ever run twice, and a caller is told
/// "undone" only when it is.
/// </summary>
public sealed partial class Database
{
    /// <summary>How long callers wait to learn the fate of a commit that was cut off.</summary>
    private static readonly TimeSpan OutcomeWait = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(100);

    private readonly ManualResetEventSlim _closing = new();
    private DbConnection? _writer;
    private HotStatements? _hot;
    private long _lastCommit;
    private bool _lost;

    /// <summary>A batch whose fate nobody knows yet, and the journal's last hash if it was committed.</summary>
    private (List<WriteUnit> Batch, byte[] Chain)? _unresolved;

    private enum Outcome
    {
        Undone,
        Committed,
        Unknown,
    }

    /// <summary>The writer's connection, opened again if it was lost.</summary>
    private HotStatements Writer()
    {
        if (_hot is { } hot && _writer is { State: ConnectionState.Open } writer && (_time.GetElapsedTime(_lastCommit) < TrustedIdle || _dialect.Answers(writer)))
            return hot;
        return Reopen();
    }

    private HotStatements Reopen()
    {
        DropWriter();
        var writer = _dialect.OpenWriter();
        try
        {
            var last = LastHash(writer);
            if (_unresolved is { } unresolved && last.AsSpan().SequenceEqual(unresolved.Chain))
                Adopt(unresolved.Batch, unresolved.Chain);
            else if (!last.AsSpan().SequenceEqual(_chain))
                // What this process remembers of the database is no longer true.
                throw new StorageException("Another Godwit has written to the database while the connection was lost. Restart this one, if it is to go on.");
            _unresolved = null;
            _lost = false;
            LogReconnected();
            _writer = writer;
            return _hot = new HotStatements(writer);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>The commit had arrived after all: its callers have gone with a failure, but caches and bells hear of it.</summary>
    private void Adopt(List<WriteUnit> batch, byte[] chain)
    {
        _chain = chain;
        foreach (var unit in batch)
            RunAfterwards(unit);
    }

    private void DropWriter()
    {
        _hot?.Dispose();
        _writer?.Dispose();
        (_hot, _writer) = (null, null);
    }

    private Outcome AskOutcome(List<WriteUnit> batch, byte[] chainBefore)
    {
        var chainAfter = _chain;
        // A batch without a record in the journal leaves no trace to tell by.
        if (chainAfter.AsSpan().SequenceEqual(chainBefore))
            return Outcome.Unknown;
        DropWriter();
        for (var asked = Stopwatch.StartNew(); asked.Elapsed < OutcomeWait && !_closing.IsSet; _closing.Wait(BetweenAttempts))
        {
            if (TryReconnect() is not { } last)
                continue;
            if (last.AsSpan().SequenceEqual(chainAfter))
                return Outcome.Committed;
            if (last.AsSpan().SequenceEqual(chainBefore))
                return Outcome.Undone;
            // Somebody else has written: opening it again will say so.
            DropWriter();
            return Outcome.Unknown;
        }
        _unresolved = ([.. batch], chainAfter);
        return Outcome.Unknown;
    }

    /// <summary>The journal's last hash, where the database is there again.</summary>
    private byte[]? TryReconnect()
    {
        try
        {
            _writer = _dialect.OpenWriter();
            _hot = new HotStatements(_writer);
            var last = LastHash(_writer);
            _lost = false;
            LogReconnected();
            return last;
        }
        catch (Exception failure) when (_dialect.Explain(failure) is not null)
        {
            DropWriter();
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The database was brought up to date; as it was before, it lies in {file}")]
    private static partial void LogUpgraded(ILogger log, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is there again")]
    private partial void LogReconnected();
}
