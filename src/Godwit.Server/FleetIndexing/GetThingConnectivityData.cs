using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.FleetIndexing;

/// <summary>GetThingConnectivityData — POST /things/{thingName}/connectivity-data</summary>
public sealed class GetThingConnectivityData(Database database) : IOperation<GetThingConnectivityData.Request, GetThingConnectivityData.Response>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public bool? IncludeSocketInformation { get; init; }
    }

    public sealed record Response(string ThingName, bool Connected, DateTimeOffset? Timestamp, string DisconnectReason);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.IncludeSocketInformation is true)
            return Task.FromResult<Result<Response>>(Errors.InvalidRequest(
                "includeSocketInformation is not possible: addresses of devices are not kept. Leave it out."));
        return database.Read<Result<Response>>(session =>
        {
            if (!IndexingConfiguration.Of(session, caller.Account).IndexesConnectivity)
                return Errors.InvalidRequest("Connectivity is not indexed. Set thingConnectivityIndexingMode to STATUS with UpdateIndexingConfiguration.");
            if (IndexedThings.Load(session, caller.Account, [request.ThingName]) is not [var thing])
                return Errors.ResourceNotFound($"Thing {request.ThingName} cannot be found.");
            return new Response(
                thing.Name, thing.Connected, thing.ConnectivityTimestamp is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
                thing.Connected || thing.ConnectivityTimestamp is null ? "NONE" : thing.DisconnectReason ?? "UNKNOWN");
        }, ct);
    }
}
