using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>ListThingTypes — GET /thing-types, all or the one that is named.</summary>
public sealed class ListThingTypes(Database database) : IOperation<ListThingTypes.Request, ListThingTypes.Response>
{
    public sealed record Request
    {
        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }

        public string? ThingTypeName { get; init; }
    }

    public sealed record Response(IReadOnlyList<ThingTypeDefinition> ThingTypes, string? NextToken);

    public sealed record ThingTypeDefinition(
        string ThingTypeName, string ThingTypeArn, ThingTypeProperties ThingTypeProperties, ThingTypeMetadata ThingTypeMetadata);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListThingTypes), request.NextToken, 1, out var after))
            return PageToken.Invalid;
        var size = request.MaxResults ?? PageToken.DefaultSize;
        var rows = await database.Read(session => session.Query<ThingTypeRow>(
            """
            SELECT * FROM thing_type WHERE account = @Account AND thing_type_name > @After AND (@ThingTypeName IS NULL OR thing_type_name = @ThingTypeName)
            ORDER BY thing_type_name LIMIT @Limit
            """,
            new { caller.Account, After = after[0], request.ThingTypeName, Limit = size + 1 }), ct);
        var page = PageToken.Page(nameof(ListThingTypes), rows, size, row => Item(caller, row), row => [row.ThingTypeName]);
        return new Response(page.Items, page.NextToken);
    }

    private static ThingTypeDefinition Item(Caller caller, ThingTypeRow row) =>
        new(row.ThingTypeName, caller.IotArn("thingtype/" + row.ThingTypeName), row.ReadProperties(), row.Metadata);
}
