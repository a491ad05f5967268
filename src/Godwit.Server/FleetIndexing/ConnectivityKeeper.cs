using System.Collections.Concurrent;
using System.Threading.Channels;
using Godwit.Core.Access;
using Godwit.Server.Placement;
using Godwit.Server.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.FleetIndexing;

/// <summary>
/// Writes down who is connected, for the accounts that index it. A client whose id is a thing's name is that thing. Only the latest word on each client
/// waits, so what waits is bounded by the clients there are; all that waits shares one transaction.
/// </summary>
public sealed partial class ConnectivityKeeper : BackgroundService
{
    /// <summary>The journal and the answers say so of devices whose connection a restart of the service has ended.</summary>
    private const string ServerInitiated = "SERVER_INITIATED_DISCONNECT";

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Database _database;
    private readonly ConnectionFeed _feed;
    private readonly DynamicGroupMembers _members;
    private readonly ILogger<ConnectivityKeeper> _log;
    private readonly ConcurrentDictionary<string, string> _regionOfIndexed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Account, string ClientId), ClientConnection> _waiting = new();
    private readonly Channel<byte> _bell = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public ConnectivityKeeper(Database database, ConnectionFeed feed, DynamicGroupMembers members, ILogger<ConnectivityKeeper> log)
    {
        (_database, _feed, _members, _log) = (database, feed, members, log);
        feed.Changed += Note;
    }

    /// <summary>Connectivity is indexed from now on, or no longer.</summary>
    internal void Configured(WriteSession session, Caller caller, bool indexed)
    {
        if (!indexed)
            session.Execute("DELETE FROM thing_connectivity WHERE account = @Account", new { caller.Account });
        session.AfterCommit(() =>
        {
            if (!indexed)
            {
                _regionOfIndexed.TryRemove(caller.Account, out _);
                return;
            }
            _regionOfIndexed[caller.Account] = caller.Region;
            foreach (var connection in _feed.Connected(caller.Account))
                Note(connection);
        });
    }

    public override void Dispose()
    {
        _feed.Changed -= Note;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var begun = false;
        while (true)
        {
            try
            {
                if (!begun)
                    await Begin(stoppingToken);
                begun = true;
                await WriteWaiting(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                LogFailed(failure);
                await Task.Delay(PauseAfterFailure, stoppingToken);
                continue;
            }
            await _bell.Reader.ReadAsync(stoppingToken);
        }
    }

    /// <summary>Nobody has been connected while no service ran.</summary>
    internal async Task Begin(CancellationToken ct)
    {
        var accounts = await _database.Read(
            session => session.Query<(string Account, string? Region)>(
                """
                SELECT c.account, (SELECT MAX(g.region) FROM thing_group g WHERE g.account = c.account AND g.query_string IS NOT NULL)
                FROM indexing_configuration c WHERE c.connectivity_mode = 'STATUS'
                """),
            ct);
        foreach (var (account, region) in accounts)
        {
            var known = _regionOfIndexed.GetOrAdd(account, region ?? "us-east-1");
            while (await _database.Write(session => DisconnectSome(session, account, known), ct))
                ct.ThrowIfCancellationRequested();
            foreach (var connection in _feed.Connected(account))
                Note(connection);
        }
    }

    /// <summary>Writes all that waits; answers when it is durable.</summary>
    internal async Task WriteWaiting(CancellationToken ct)
    {
        while (!_waiting.IsEmpty)
        {
            var taken = _waiting.Values.Take(IndexedThings.ChunkMax).ToList();
            foreach (var account in taken.GroupBy(connection => connection.Account))
                if (_regionOfIndexed.TryGetValue(account.Key, out var region))
                    await _database.Write(session => Keep(session, Caller.Service(account.Key, region), [.. account]), ct);
            // Only what was written is done with; a newer word has taken its place otherwise.
            foreach (var connection in taken)
                _waiting.TryRemove(new((connection.Account, connection.ClientId), connection));
        }
    }

    private void Note(ClientConnection connection)
    {
        if (!_regionOfIndexed.ContainsKey(connection.Account))
            return;
        _waiting[(connection.Account, connection.ClientId)] = connection;
        _bell.Writer.TryWrite(0);
    }

    private int Keep(WriteSession session, Caller service, List<ClientConnection> connections)
    {
        var (list, args) = NameList.Of([.. connections.Select(connection => connection.ClientId)], ("account", service.Account));
        var things = session.Query<string>($"SELECT thing_name FROM thing WHERE account = @account AND thing_name IN {list}", args).ToHashSet();
        foreach (var connection in connections.Where(connection => things.Contains(connection.ClientId)))
            session.RunHot(
                """
                INSERT INTO thing_connectivity (account, thing_name, connected, at_ms, reason) VALUES (@Account, @Thing, @Connected, @AtMs, @Reason)
                ON CONFLICT (account, thing_name) DO UPDATE SET connected = excluded.connected, at_ms = excluded.at_ms, reason = excluded.reason
                """,
                ("@Account", connection.Account), ("@Thing", connection.ClientId), ("@Connected", connection.IsConnected ? 1L : 0L),
                ("@AtMs", connection.At.ToUnixTimeMilliseconds()), ("@Reason", connection.DisconnectReason));
        return _members.Review(session, service, things);
    }

    private bool DisconnectSome(WriteSession session, string account, string region)
    {
        var things = session.Query<string>(
            "SELECT thing_name FROM thing_connectivity WHERE account = @account AND connected = 1 LIMIT @limit", new { account, limit = IndexedThings.ChunkMax });
        if (things.Count == 0)
            return false;
        var (list, args) = NameList.Of(things, ("account", account), ("now", session.NowMs), ("reason", ServerInitiated));
        session.Execute($"UPDATE thing_connectivity SET connected = 0, at_ms = @now, reason = @reason WHERE account = @account AND thing_name IN {list}", args);
        _members.Review(session, Caller.Service(account, region), things);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The connectivity of things could not be written; it is tried again")]
    private partial void LogFailed(Exception failure);
}
