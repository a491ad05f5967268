using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Streams;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Streams;

/// <summary>CreateStream — POST /streams/{streamId}</summary>
public sealed class CreateStream(Database database, StreamFiles files) : IOperation<CreateStream.Request, CreateStream.Response>
{
    public sealed record Request
    {
        public required string StreamId { get; init; }

        public string? Description { get; init; }

        public required IReadOnlyList<StreamFileLocation> Files { get; init; }

        public required string RoleArn { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }
    }

    public sealed record Response(string StreamId, string StreamArn, string? Description, int StreamVersion);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (files.RefuseRole(caller.Account, request.RoleArn) is { } badRole)
            return badRole;
        var pinned = await files.Pin(caller.Account, request.RoleArn, request.Files, ct);
        return pinned.IsOk ? await database.Change(session => Insert(session, caller, request, pinned.Value), ct) : pinned.Error;
    }

    private static Result<Response> Insert(WriteSession session, Caller caller, Request request, PinnedFiles pinned)
    {
        var resource = $"stream/{request.StreamId}";
        if (StreamStore.Exists(session, caller.Account, request.StreamId))
            return StreamErrors.Exists(request.StreamId, caller.IotArn(resource));
        var info = new StreamInfo(
            request.StreamId, StreamInfo.FirstVersion, request.Description, pinned.Files, request.RoleArn, session.Now, session.Now);
        StreamStore.Insert(session, caller.Account, new StoredStream(info, pinned.Bytes));
        session.Record(new Fact(caller.Account, caller.Arn, "CreateStream", resource, null, $"version {info.Version}"));
        return ResourceTags.Put(session, caller.Account, resource, request.Tags)
            .Map(_ => new Response(info.StreamId, caller.IotArn(resource), info.Description, info.Version));
    }
}
