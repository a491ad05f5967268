using System.Threading.Channels;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Things;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.FleetIndexing;

/// <summary>
/// Finds the members of dynamic groups that are new or have a new query. One search names whoever joins or leaves; they are then looked at in small
/// transactions, so that a large fleet does not stop the writer. What was not finished goes on after a restart.
/// </summary>
public sealed partial class DynamicGroupBuilder(Database database, DynamicGroupMembers members, ILogger<DynamicGroupBuilder> log) : BackgroundService
{
    /// <summary>A search names at most so many things; the next one goes on.</summary>
    private const int FoundMax = 50_000;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Channel<byte> _bell = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>The members of a static group that is deleted are in it until the deletion commits, so queries are asked again after that.</summary>
    internal RegistryHook Hook => new()
    {
        GroupDeleted = (session, caller, group) =>
        {
            if (!Membership.IsDynamic(session, caller.Account, group) && DynamicThingGroups.RebuildAll(session, caller.Account) > 0)
                session.AfterCommit(Ring);
        },
    };

    /// <summary>After a commit that has left a group to build.</summary>
    internal void Ring() => _bell.Writer.TryWrite(0);

    /// <summary>Builds a group in the transaction that made or changed it, where it is small; answers whether it is done.</summary>
    internal bool BuildSmall(WriteSession session, Caller caller, string group)
    {
        if (Differing(session, caller.Account, group, IndexedThings.ChunkMax + 1) is not { } found || found.Count > IndexedThings.ChunkMax)
            return false;
        members.Review(session, caller, found);
        DynamicThingGroups.SetStatus(session, caller.Account, group, DynamicGroupStatus.Active);
        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Ring();
        while (await _bell.Reader.WaitToReadAsync(stoppingToken))
        {
            _bell.Reader.TryRead(out _);
            try
            {
                await BuildAll(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                LogFailed(failure);
                await Task.Delay(PauseAfterFailure, stoppingToken);
                Ring();
            }
        }
    }

    internal async Task BuildAll(CancellationToken ct)
    {
        foreach (var (account, group) in await database.Read(DynamicThingGroups.ToBuild, ct))
            await Build(account, group, ct);
    }

    private async Task Build(string account, string group, CancellationToken ct)
    {
        while (await database.Read(session => Differing(session, account, group, FoundMax), ct) is { } found)
        {
            var moves = 0;
            foreach (var chunk in found.Chunk(IndexedThings.ChunkMax))
                moves += await database.Write(
                    session => DynamicThingGroups.Find(session, account, group) is { } row
                        ? members.Review(session, Caller.Service(account, row.Region), chunk)
                        : 0,
                    ct);
            // Who still differs has no room for the group, or has changed and was looked at by that change.
            if (moves > 0 && found.Count == FoundMax)
                continue;
            await database.Write(
                session =>
                {
                    DynamicThingGroups.SetStatus(session, account, group, DynamicGroupStatus.Active);
                    return 0;
                },
                ct);
            return;
        }
    }

    /// <summary>Things that the query finds and that are no members, and members that it does not find; null where the group is gone.</summary>
    private static List<string>? Differing(ReadSession session, string account, string group, int limit)
    {
        if (DynamicThingGroups.Find(session, account, group) is not { } row)
            return null;
        if (DynamicGroupMembers.Read(row.QueryString) is not { IsOk: true, Value: var query })
            return [];
        var sql = IndexQuerySql.Of(query, account, staticGroupsOnly: true);
        return session.Query<string>(
            $"""
            SELECT t.thing_name FROM thing t
            LEFT JOIN thing_group_member d ON d.account = t.account AND d.group_name = @group AND d.thing_name = t.thing_name
            WHERE t.account = @account AND (({sql.Where}) AND d.thing_name IS NULL OR NOT ({sql.Where}) AND d.thing_name IS NOT NULL)
            LIMIT @limit
            """,
            sql.Args(("group", group), ("limit", limit)));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The members of dynamic thing groups could not be found; it is tried again")]
    private partial void LogFailed(Exception failure);
}
