using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>DescribeThing — GET /things/{thingName}</summary>
public sealed class DescribeThing(Database database) : IOperation<DescribeThing.Request, DescribeThing.Response>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }
    }

    public sealed record Response(
        string DefaultClientId,
        string ThingName,
        string ThingId,
        string ThingArn,
        string? ThingTypeName,
        IReadOnlyDictionary<string, string> Attributes,
        long Version,
        string? BillingGroupName);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => ThingStore.Find(session, caller.Account, request.ThingName), ct);
        if (row is null)
            return ThingErrors.NoThing(request.ThingName);
        return new Response(
            row.ThingName, row.ThingName, row.ThingId, caller.IotArn("thing/" + row.ThingName),
            row.ThingTypeName, AttributeText.Read(row.Attributes), row.Version, row.BillingGroupName);
    }
}
