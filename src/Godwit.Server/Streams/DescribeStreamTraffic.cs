using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Placement;

namespace Godwit.Server.Streams;

/// <summary>DescribeStreamTraffic — GET /godwit/streams/{streamId}/traffic: who took blocks of a stream since the service started, of the devices heard of last.</summary>
public sealed class DescribeStreamTraffic(DeviceTrail trail) : IOperation<DescribeStreamTraffic.Request, DescribeStreamTraffic.Response>
{
    private const int TalkersMax = 10;

    public sealed record Request(string StreamId);

    /// <param name="Repeats">Blocks beyond one of each for every device.</param>
    public sealed record Response(string StreamId, int Devices, long Requests, long Blocks, long Repeats, DateTimeOffset? LastBlockAt, IReadOnlyList<Talker> TopTalkers, DateTimeOffset SeenSince);

    public sealed record Talker(string ThingName, long Requests, long Blocks, int BlocksInFile, DateTimeOffset? LastBlockAt);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var devices = trail.OfStream(caller.Account, request.StreamId);
        return Task.FromResult<Result<Response>>(new Response(
            request.StreamId,
            devices.Count,
            devices.Sum(device => device.Trace.BlockRequests),
            devices.Sum(device => device.Trace.Blocks),
            devices.Sum(device => Math.Max(0, device.Trace.Blocks - device.Trace.BlocksInFile)),
            devices.Max(device => device.Trace.LastBlockAt),
            [.. devices.OrderByDescending(device => device.Trace.Blocks).ThenBy(device => device.Thing, StringComparer.Ordinal).Take(TalkersMax)
                .Select(device => new Talker(device.Thing, device.Trace.BlockRequests, device.Trace.Blocks, device.Trace.BlocksInFile, device.Trace.LastBlockAt))],
            trail.Since));
    }
}
