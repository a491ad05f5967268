using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Streams;

/// <summary>DeleteStream — DELETE /streams/{streamId}. A stream may go from under a live job: its devices are then told ResourceNotFound.</summary>
public sealed class DeleteStream(Database database, StreamCache cache) : IOperation<DeleteStream.Request, Nothing>
{
    public sealed record Request
    {
        public required string StreamId { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session => Delete(session, caller, request.StreamId), ct);

    private Result<Nothing> Delete(WriteSession session, Caller caller, string streamId)
    {
        if (!StreamStore.Delete(session, caller.Account, streamId))
            return StreamErrors.NotFound(streamId);
        var resource = $"stream/{streamId}";
        ResourceTags.Clear(session, caller.Account, resource);
        session.Record(new Fact(caller.Account, caller.Arn, "DeleteStream", resource, "present", null));
        session.AfterCommit(() => cache.Forget(caller.Account, streamId));
        return default(Nothing);
    }
}
