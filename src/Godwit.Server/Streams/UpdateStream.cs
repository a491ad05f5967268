using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Streams;

/// <summary>UpdateStream — PUT /streams/{streamId}: what is given replaces what is stored, the file list as a whole; the version rises in any case.</summary>
public sealed class UpdateStream(Database database, StreamFiles files, StreamCache cache) : IOperation<UpdateStream.Request, UpdateStream.Response>
{
    public sealed record Request
    {
        public required string StreamId { get; init; }

        public string? Description { get; init; }

        public IReadOnlyList<StreamFileLocation>? Files { get; init; }

        public string? RoleArn { get; init; }
    }

    public sealed record Response(string StreamId, string StreamArn, string? Description, int StreamVersion);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.RoleArn is not null && files.RefuseRole(caller.Account, request.RoleArn) is { } badRole)
            return badRole;
        PinnedFiles? pinned = null;
        if (request.Files is not null)
        {
            var role = request.RoleArn
                ?? await database.Read(session => StreamStore.Find(session, caller.Account, request.StreamId)?.Info.RoleArn, ct);
            var found = await files.Pin(caller.Account, role, request.Files, ct);
            if (!found.IsOk)
                return found.Error;
            pinned = found.Value;
        }
        return await database.Change(session => Update(session, caller, request, pinned), ct);
    }

    private Result<Response> Update(WriteSession session, Caller caller, Request request, PinnedFiles? pinned)
    {
        if (StreamStore.Find(session, caller.Account, request.StreamId) is not { } stored)
            return StreamErrors.NotFound(request.StreamId);
        var updated = stored.Info.Updated(request.Description, pinned?.Files, request.RoleArn, session.Now);
        if (!updated.IsOk)
            return updated.Error;
        var info = updated.Value;
        var resource = $"stream/{info.StreamId}";
        StreamStore.Update(session, caller.Account, new StoredStream(info, pinned?.Bytes ?? stored.Bytes));
        session.Record(new Fact(caller.Account, caller.Arn, "UpdateStream", resource, $"version {stored.Info.Version}", $"version {info.Version}"));
        session.AfterCommit(() => cache.Forget(caller.Account, info.StreamId));
        return new Response(info.StreamId, caller.IotArn(resource), info.Description, info.Version);
    }
}
