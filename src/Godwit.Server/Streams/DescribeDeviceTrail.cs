using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Placement;

namespace Godwit.Server.Streams;

/// <summary>DescribeDeviceTrail — GET /godwit/things/{thingName}/trail: what the doors last saw of a device, with a map of the file that it downloads. In memory: a restart forgets it.</summary>
public sealed class DescribeDeviceTrail(DeviceTrail trail, IDeviceLink link) : IOperation<DescribeDeviceTrail.Request, DescribeDeviceTrail.Response>
{
    public sealed record Request(string ThingName);

    public sealed record Response
    {
        public required string ThingName { get; init; }

        /// <summary>A client of the thing's name is connected.</summary>
        public required bool Connected { get; init; }

        public DateTimeOffset? HeardAt { get; init; }

        public string? JobId { get; init; }

        public DateTimeOffset? NotifiedAt { get; init; }

        public DateTimeOffset? DocumentAt { get; init; }

        public string? StreamId { get; init; }

        public long BlockRequests { get; init; }

        /// <summary>Blocks that were sent, repeated ones too.</summary>
        public long Blocks { get; init; }

        public int BlocksInFile { get; init; }

        public DateTimeOffset? LastBlockAt { get; init; }

        /// <summary>A character for each block, or for each 256th part of the file: <c>.</c> not asked for, <c>s</c> sent, <c>r</c> sent more than once (told of files up to 256 blocks).</summary>
        public string? Map { get; init; }

        public string? Refusal { get; init; }

        public DateTimeOffset? RefusedAt { get; init; }

        /// <summary>What lies before is not known.</summary>
        public required DateTimeOffset SeenSince { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var found = trail.Find(caller.Account, request.ThingName);
        return Task.FromResult<Result<Response>>(new Response
        {
            ThingName = request.ThingName,
            Connected = link.IsConnected(caller.Account, request.ThingName),
            HeardAt = found.HeardAt,
            JobId = found.JobId,
            NotifiedAt = found.NotifiedAt,
            DocumentAt = found.DocumentAt,
            StreamId = found.StreamId,
            BlockRequests = found.BlockRequests,
            Blocks = found.Blocks,
            BlocksInFile = found.BlocksInFile,
            LastBlockAt = found.LastBlockAt,
            Map = found.BlocksInFile > 0 ? MapOf(found) : null,
            Refusal = found.Refusal,
            RefusedAt = found.RefusedAt,
            SeenSince = trail.Since,
        });
    }

    private static string MapOf(DeviceTrace found) => string.Create(
        BlockParts.Count(found.BlocksInFile), found, (cells, trace) =>
        {
            for (var i = 0; i < cells.Length; i++)
                cells[i] = trace.RepeatedParts.Has(i) ? 'r' : trace.SentParts.Has(i) ? 's' : '.';
        });
}
