using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>DescribeThingType — GET /thing-types/{thingTypeName}</summary>
public sealed class DescribeThingType(Database database) : IOperation<DescribeThingType.Request, DescribeThingType.Response>
{
    public sealed record Request
    {
        public required string ThingTypeName { get; init; }
    }

    public sealed record Response(
        string ThingTypeName, string ThingTypeId, string ThingTypeArn, ThingTypeProperties ThingTypeProperties, ThingTypeMetadata ThingTypeMetadata);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => ThingTypeStore.Find(session, caller.Account, request.ThingTypeName), ct);
        return row is null
            ? ThingErrors.NoType(request.ThingTypeName)
            : new Response(row.ThingTypeName, row.ThingTypeId, caller.IotArn("thingtype/" + row.ThingTypeName), row.ReadProperties(), row.Metadata);
    }
}
