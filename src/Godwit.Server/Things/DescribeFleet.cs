using System.Collections.Concurrent;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Journal;
using Godwit.Server.Placement;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>
/// DescribeFleet — GET /godwit/fleet: how many things there are, and how many clients are connected; with <c>?asOf=</c> how many things there were. Nobody keeps who was
/// connected.
/// </summary>
public sealed class DescribeFleet(Database database, IDeviceLink link, TimeProvider time) : IOperation<DescribeFleet.Request, DescribeFleet.Response>
{
    /// <summary>Counting a million rows takes a while, and nobody minds a number that is a little old: a hundred times as long as the counting took.</summary>
    private const int Rest = 100;

    private readonly ConcurrentDictionary<string, Counted> _counted = new();

    /// <param name="AsOf">Null for now.</param>
    public sealed record Request(DateTimeOffset? AsOf = null);

    /// <param name="Connected">Null for a moment of the past.</param>
    public sealed record Response(long Things, DateTimeOffset CountedAt, int? Connected);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var kept = _counted.GetValueOrDefault(caller.Account);
        if (kept is null || time.GetElapsedTime(kept.MadeAt) > kept.Took * Rest)
        {
            var started = time.GetTimestamp();
            var (things, last) = await database.Read(
                session => (session.First<long>("SELECT COUNT(*) FROM thing WHERE account = @Account", new { caller.Account }), session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal")), ct);
            _counted[caller.Account] = kept = new Counted(things, last, time.GetUtcNow(), time.GetTimestamp(), time.GetElapsedTime(started));
        }
        return request.AsOf is not { } moment || moment >= time.GetUtcNow()
            ? new Response(kept.Things, kept.At, link.CountConnected(caller.Account))
            : new Response(await database.Read(session => RegistryMoment.Things(session, caller.Account, kept.Things, kept.Last, moment), ct), moment, null);
    }

    /// <param name="Last">The last record of the journal that was there when they were counted.</param>
    private sealed record Counted(long Things, long Last, DateTimeOffset At, long MadeAt, TimeSpan Took);
}
