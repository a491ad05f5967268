using System.Collections.Concurrent;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Placement;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>DescribeFleet — GET /godwit/fleet: how many things there are, and how many clients are connected.</summary>
public sealed class DescribeFleet(Database database, IDeviceLink link, TimeProvider time) : IOperation<DescribeFleet.Request, DescribeFleet.Response>
{
    /// <summary>Counting a million rows takes a while, and nobody minds a number that is a little old: a hundred times as long as the counting took.</summary>
    private const int Rest = 100;

    private readonly ConcurrentDictionary<string, Counted> _counted = new();

    public sealed record Request;

    public sealed record Response(long Things, DateTimeOffset CountedAt, int Connected);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var kept = _counted.GetValueOrDefault(caller.Account);
        if (kept is null || time.GetElapsedTime(kept.MadeAt) > kept.Took * Rest)
        {
            var started = time.GetTimestamp();
            var things = await database.Read(session => session.First<long>("SELECT COUNT(*) FROM thing WHERE account = @Account", new { caller.Account }), ct);
            _counted[caller.Account] = kept = new Counted(things, time.GetUtcNow(), time.GetTimestamp(), time.GetElapsedTime(started));
        }
        return new Response(kept.Things, kept.At, link.CountConnected(caller.Account));
    }

    private sealed record Counted(long Things, DateTimeOffset At, long MadeAt, TimeSpan Took);
}
