using System.Collections.Concurrent;
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

    private readonly Sqlite _sqlite;
    private readonly TimeProvider _time;
    private readonly ILogger<Database> _log;
    private readonly Channel<WriteUnit> _waiting = Channel.CreateBounded<WriteUnit>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly ConcurrentBag<DbConnection> _readers = [];
    private readonly DbConnection _writer;
    private readonly HotStatements _hot;
    private readonly Thread? _writerThread;
    private byte[] _chain;

    private Database(Sqlite sqlite, DbConnection writer, TimeProvider time, ILogger<Database> log, bool ownThread)
    {
        (_sqlite, _writer, _time, _log) = (sqlite, writer, time, log);
        _hot = new HotStatements(writer);
        _chain = LastHash();
        if (!ownThread)
            return;
        _writerThread = new Thread(WriteLoop) { IsBackground = true, Name = "database writer" };
        _writerThread.Start();
    }

    /// <summary>Opens or makes the database and brings its schema up to date.</summary>
    /// <exception cref="StorageException">The file is of a newer version, of another program, or the SQLite library is too old.</exception>
    public static Database Open(string path, TimeProvider time, ILogger<Database> log) => Open(new Sqlite(path), time, log, ownThread: true);

    /// <summary>The same on connections that are made elsewhere; without a thread of its own it commits when <see cref="CommitWaiting"/> is called.</summary>
    internal static Database Open(Sqlite sqlite, TimeProvider time, ILogger<Database> log, bool ownThread)
    {
        var writer = sqlite.OpenWriter();
        try
        {
            Migrator.Run(writer, time);
            return new Database(sqlite, writer, time, log, ownThread);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Changes state; completes when the change is durable.</summary>
    public Task<T> Write<T>(Func<WriteSession, T> change, CancellationToken ct) =>
        Enqueue(new WriteUnit<T>(session => change(session)), ct, refused: null);

    /// <summary>Changes state or refuses: a refusal undoes all that the change wrote.</summary>
    public Task<Result<T>> Change<T>(Func<WriteSession, Result<T>> change, CancellationToken ct) =>
        Enqueue(new WriteUnit<Result<T>>(change), ct, refused: result => !result.IsOk);

    /// <summary>Reads a consistent view that includes every completed change.</summary>
    public Task<T> Read<T>(Func<ReadSession, T> query, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (!_readers.TryTake(out var connection))
            connection = _sqlite.OpenReader();
        try
        {
            using var transaction = connection.BeginTransaction();
            return Task.FromResult(query(new ReadSession(connection, transaction)));
        }
        finally
        {
            _readers.Add(connection);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_waiting.Writer.TryComplete())
            return;
        if (_writerThread is not null)
            await Task.Run(_writerThread.Join);
        while (_readers.TryTake(out var reader))
            await reader.DisposeAsync();
        _hot.Dispose();
        _sqlite.CloseWriter(_writer);
    }

    private async Task<T> Enqueue<T>(WriteUnit<T> unit, CancellationToken ct, Predicate<T>? refused)
    {
        unit.Refused = refused;
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

    private byte[] LastHash() =>
        new ReadSession(_writer, null).First<byte[]>("SELECT hash FROM journal ORDER BY seq DESC LIMIT 1") ?? FactChain.Start;
}
