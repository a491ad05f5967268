using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Threading.Channels;
using Godwit.Core;
using Godwit.Core.Journal;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Storage;

/// <summary>
/// The one way to durable state. Changes pass through a single writer that commits whatever waits in one transaction (group commit),
/// so a task that has completed is on disk; readers have connections of their own and never wait for it.
/// </summary>
public sealed partial class Database : IAsyncDisposable
{
    /// <summary>How many changes may wait before callers do; it bounds memory under overload.</summary>
    private const int WaitingMax = 8192;

    /// <summary>How many changes share a commit; more would only delay the first of them.</summary>
    private const int BatchMax = 512;

    /// <summary>Idle connections are tried before they are used again after this long.</summary>
    private static readonly TimeSpan TrustedIdle = TimeSpan.FromSeconds(1);

    private readonly Dialect _dialect;
    private readonly TimeProvider _time;
    private readonly ILogger<Database> _log;
    private readonly Channel<WriteUnit> _waiting = Channel.CreateBounded<WriteUnit>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly ConcurrentBag<(DbConnection Connection, long UsedAt)> _readers = [];
    private readonly SemaphoreSlim _readerSlots;
    private readonly Thread? _writerThread;
    private readonly ClockWatch _clock;
    private byte[] _chain;

    private Database(Dialect dialect, DbConnection writer, TimeProvider time, ILogger<Database> log, bool ownThread)
    {
        (_dialect, _writer, _time, _log) = (dialect, writer, time, log);
        _readerSlots = new SemaphoreSlim(dialect.ReadersMax);
        _clock = new ClockWatch(time);
        _chain = LastHash(writer);
        _hot = new HotStatements(writer);
        _lastCommit = time.GetTimestamp();
        if (!ownThread)
            return;
        _writerThread = new Thread(WriteLoop) { IsBackground = true, Name = "database writer" };
        _writerThread.Start();
    }

    /// <summary>
    /// What is to be done when the wall clock has jumped since the last change, by so much; it runs ahead of the next change, in its transaction. Set once, at composition.
    /// </summary>
    public Action<WriteSession, TimeSpan>? ClockJumped { private get; set; }

    /// <summary>Opens or makes a SQLite database in a file.</summary>
    public static Database Open(string path, TimeProvider time, ILogger<Database> log) => Open(new Sqlite(path), time, log);

    /// <summary>Opens or makes the database and brings its schema up to date.</summary>
    /// <exception cref="StorageException">The database is of a newer version, of another program, in use, out of reach, or the library is too old.</exception>
    public static Database Open(Dialect dialect, TimeProvider time, ILogger<Database> log) => Open(dialect, time, log, ownThread: true);

    /// <summary>The same without a thread of its own: it commits when <see cref="CommitWaiting"/> is called.</summary>
    internal static Database Open(Dialect dialect, TimeProvider time, ILogger<Database> log, bool ownThread)
    {
        DbConnection? writer = null;
        try
        {
            writer = dialect.OpenWriter();
            if (Migrator.Run(dialect, writer, time) is { } copy)
                LogUpgraded(log, copy);
            return new Database(dialect, writer, time, log, ownThread);
        }
        catch (Exception failure)
        {
            writer?.Dispose();
            if (dialect.Explain(failure) is { } explained && explained != failure)
                throw explained;
            throw;
        }
    }

    /// <summary>The journal has records that it had not before. Raised after the commit, on the writer's thread: ring a bell and return.</summary>
    public event Action? JournalGrew;

    /// <summary>Changes state; completes when the change is durable.</summary>
    public Task<T> Write<T>(Func<WriteSession, T> change, CancellationToken ct) =>
        Enqueue(new WriteUnit<T>(session => change(session)), ct, refused: null);

    /// <summary>Changes state or refuses: a refusal undoes all that the change wrote.</summary>
    public Task<Result<T>> Change<T>(Func<WriteSession, Result<T>> change, CancellationToken ct) =>
        Enqueue(new WriteUnit<Result<T>>(change), ct, refused: result => !result.IsOk);

    /// <summary>Reads a consistent view that includes every completed change.</summary>
    public async Task<T> Read<T>(Func<ReadSession, T> query, CancellationToken ct)
    {
        await _readerSlots.WaitAsync(ct);
        DbConnection? reader = null;
        try
        {
            reader = TakeReader();
            T answer;
            using (var view = _dialect.BeginRead(reader))
                answer = query(new ReadSession(reader, view));
            _readers.Add((reader, _time.GetTimestamp()));
            return answer;
        }
        catch (Exception failure)
        {
            // What broke a read may have broken its connection: it is not used again.
            reader?.Dispose();
            if (_dialect.Explain(failure) is { } explained && explained != failure)
                throw explained;
            throw;
        }
        finally
        {
            _readerSlots.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_waiting.Writer.TryComplete())
            return;
        _closing.Set();
        if (_writerThread is not null)
            await Task.Run(_writerThread.Join);
        while (_readers.TryTake(out var reader))
            await reader.Connection.DisposeAsync();
        _hot?.Dispose();
        if (_writer is { State: ConnectionState.Open } writer)
            _dialect.CloseWriter(writer);
    }

    private DbConnection TakeReader()
    {
        while (_readers.TryTake(out var idle))
        {
            if (idle.Connection.State == ConnectionState.Open && (_time.GetElapsedTime(idle.UsedAt) < TrustedIdle || _dialect.Answers(idle.Connection)))
                return idle.Connection;
            idle.Connection.Dispose();
        }
        return _dialect.OpenReader();
    }

    private async Task<T> Enqueue<T>(WriteUnit<T> unit, CancellationToken ct, Predicate<T>? refused)
    {
        (unit.Refused, unit.AskedAt) = (refused, _time.GetTimestamp());
        try
        {
            await _waiting.Writer.WriteAsync(unit, ct);
        }
        catch (ChannelClosedException)
        {
            throw new StorageException("The database is closing; send the request again.");
        }
        // Once queued the change runs: a caller that gives up must not leave others guessing whether it did.
        return await unit.Done;
    }

    private static byte[] LastHash(DbConnection connection) =>
        new ReadSession(connection, null).First<byte[]>("SELECT hash FROM journal ORDER BY seq DESC LIMIT 1") ?? FactChain.Start;
}
