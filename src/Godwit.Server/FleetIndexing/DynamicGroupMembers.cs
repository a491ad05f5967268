using System.Collections.Concurrent;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.FleetIndexing;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.FleetIndexing;

/// <summary>
/// Keeps dynamic groups in line with their queries, in the transaction of the change that matters to them: whoever is added, changed, connected or put
/// into a static group is looked at anew, and joins and leaves as by hand, so that jobs and all else hear of it.
/// </summary>
public sealed class DynamicGroupMembers(DynamicThingGroups groups)
{
    /// <summary>How many read queries are kept; there are a hundred in an account.</summary>
    private const int QueriesMax = 10_000;

    private readonly ConcurrentDictionary<string, IndexQuery?> _queries = new(StringComparer.Ordinal);

    internal RegistryHook Hook => new()
    {
        ThingCreated = Changed,
        ThingChanged = Changed,
        Joined = (session, caller, group, thing) => GroupsChanged(session, caller, group, thing),
        Left = (session, caller, group, thing) => GroupsChanged(session, caller, group, thing),
        ThingDeleted = (session, caller, thing) =>
            session.Execute("DELETE FROM thing_connectivity WHERE account = @Account AND thing_name = @thing", new { caller.Account, thing }),
    };

    /// <summary>A query as dynamic groups read it: with all fields there may be, whatever is indexed just now.</summary>
    internal static Result<IndexQuery> Read(string query) => IndexQueryReader.Read(query, IndexSchema.Things(connectivity: true, shadows: true));

    /// <summary>Looks at things anew: takes them out of groups whose queries no longer find them, and puts them into those whose queries do.</summary>
    /// <returns>How many joined or left.</returns>
    internal int Review(WriteSession session, Caller caller, IReadOnlyCollection<string> things)
    {
        if (!DynamicThingGroups.Any(session, caller.Account))
            return 0;
        var byAge = DynamicThingGroups.OfAccount(session, caller.Account);
        var moves = 0;
        foreach (var chunk in things.Chunk(IndexedThings.ChunkMax))
            moves += Review(session, caller, byAge, chunk);
        return moves;
    }

    private int Review(WriteSession session, Caller caller, List<DynamicThingGroup> byAge, string[] things)
    {
        var documents = IndexedThings.Load(session, caller.Account, things, staticGroupsOnly: true);
        var present = DynamicThingGroups.MembershipsOf(session, caller.Account, things);
        var moves = 0;
        foreach (var document in documents)
        {
            var matches = byAge.Where(group => QueryOf(group) is { } query && document.Fits(query)).Select(group => group.GroupName);
            var wanted = DynamicMembership.Choose(document.Groups.Count, matches).ToList();
            var now = present[document.Name].ToList();
            foreach (var group in now.Except(wanted))
                groups.Leave(session, caller, group, document.Name);
            foreach (var group in wanted.Except(now))
                groups.Join(session, caller, group, document.Name);
            moves += now.Except(wanted).Count() + wanted.Except(now).Count();
        }
        return moves;
    }

    private void Changed(WriteSession session, Caller caller, string thing) => Review(session, caller, [thing]);

    /// <summary>What a dynamic group does concerns no query.</summary>
    private void GroupsChanged(WriteSession session, Caller caller, string group, string thing)
    {
        if (DynamicThingGroups.Any(session, caller.Account) && !Membership.IsDynamic(session, caller.Account, group))
            Review(session, caller, [thing]);
    }

    private IndexQuery? QueryOf(DynamicThingGroup group)
    {
        if (_queries.Count > QueriesMax)
            _queries.Clear();
        return _queries.GetOrAdd(group.QueryString, text => Read(text) is { IsOk: true, Value: var query } ? query : null);
    }
}
