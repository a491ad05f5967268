using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Streams;
using Godwit.Server.Storage;

namespace Godwit.Server.Streams;

/// <summary>DescribeStream — GET /streams/{streamId}</summary>
public sealed class DescribeStream(Database database) : IOperation<DescribeStream.Request, DescribeStream.Response>
{
    public sealed record Request
    {
        public required string StreamId { get; init; }
    }

    public sealed record Response(Details StreamInfo);

    public sealed record Details(
        string StreamId,
        string StreamArn,
        int StreamVersion,
        string? Description,
        IReadOnlyList<StreamFileLocation> Files,
        DateTimeOffset CreatedAt,
        DateTimeOffset LastUpdatedAt,
        string RoleArn);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var found = await database.Read(session => StreamStore.Find(session, caller.Account, request.StreamId), ct);
        if (found is null)
            return StreamErrors.NotFound(request.StreamId);
        var info = found.Info;
        return new Response(new Details(
            info.StreamId,
            caller.IotArn($"stream/{info.StreamId}"),
            info.Version,
            info.Description,
            [.. info.Files.Select(Location)],
            info.CreatedAt,
            info.LastUpdatedAt,
            info.RoleArn));
    }

    private static StreamFileLocation Location(StreamFile file) => new(file.FileId, new S3Location(file.Bucket, file.Key, file.Version));
}
