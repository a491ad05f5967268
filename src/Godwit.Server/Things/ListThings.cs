using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>ListThings — GET /things, all or those of a type, with an attribute, with a value or with a value's beginning.</summary>
public sealed class ListThings(Database database) : IOperation<ListThings.Request, ListThings.Response>
{
    public sealed record Request
    {
        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }

        public string? AttributeName { get; init; }

        public string? AttributeValue { get; init; }

        public string? ThingTypeName { get; init; }

        public bool? UsePrefixAttributeValue { get; init; }
    }

    public sealed record Response(IReadOnlyList<ThingAttribute> Things, string? NextToken);

    public sealed record ThingAttribute(
        string ThingName, string? ThingTypeName, string ThingArn, IReadOnlyDictionary<string, string> Attributes, long Version);

    internal const string All = "SELECT * FROM thing WHERE account = @Account AND thing_name > @AfterName ORDER BY thing_name LIMIT @Limit";

    internal const string OfType =
        """
        SELECT * FROM thing WHERE account = @Account AND thing_name IN (
          SELECT thing_name FROM thing WHERE account = @Account AND thing_type_name = @ThingTypeName AND thing_name > @AfterName
          ORDER BY thing_name LIMIT @Limit)
        ORDER BY thing_name
        """;

    // CROSS JOIN: the attribute's rows lead, in the order of their key, and no page sorts.
    internal const string WithAttribute =
        """
        SELECT t.*, a.attribute_value AS found_value FROM thing_attribute a
        CROSS JOIN thing t
        WHERE a.account = @Account AND a.attribute_name = @AttributeName
          AND (a.attribute_value, a.thing_name) > (@AfterValue, @AfterName) AND a.attribute_value <= @HighestValue
          AND t.account = a.account AND t.thing_name = a.thing_name
          AND (@ThingTypeName IS NULL OR t.thing_type_name = @ThingTypeName)
        ORDER BY a.attribute_value, a.thing_name LIMIT @Limit
        """;

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request is { AttributeName: null, AttributeValue: not null })
            return Errors.InvalidRequest("attributeValue is given without attributeName. Name the attribute.");
        if (!PageToken.TryRead(nameof(ListThings), request.NextToken, 2, out var after))
            return PageToken.Invalid;
        if (request.NextToken is not null && string.CompareOrdinal(after[0], request.AttributeValue ?? "") < 0)
            return PageToken.Invalid;

        var size = request.MaxResults ?? PageToken.DefaultSize;
        var sql = request.AttributeName is not null ? WithAttribute : request.ThingTypeName is not null ? OfType : All;
        var args = new
        {
            caller.Account,
            request.AttributeName,
            request.ThingTypeName,
            AfterName = after[1],
            AfterValue = request.NextToken is null ? request.AttributeValue ?? "" : after[0],
            HighestValue = HighestValue(request),
            Limit = size + 1,
        };
        var rows = await database.Read(session => session.Query<FoundRow>(sql, args), ct);
        var page = PageToken.Page(nameof(ListThings), rows, size, row => Item(caller, row), row => [row.FoundValue, row.ThingName]);
        return new Response(page.Items, page.NextToken);
    }

    /// <summary>Values are printable ASCII, so a DEL behind a beginning lies above all that begin so.</summary>
    private static string HighestValue(Request request) =>
        request is { AttributeValue: { } value, UsePrefixAttributeValue: not true } ? value : request.AttributeValue + "\u007F";

    private static ThingAttribute Item(Caller caller, FoundRow row) =>
        new(row.ThingName, row.ThingTypeName, caller.IotArn("thing/" + row.ThingName), AttributeText.Read(row.Attributes), row.Version);

    private sealed record FoundRow
    {
        public string ThingName { get; init; } = "";

        public string? ThingTypeName { get; init; }

        public string Attributes { get; init; } = "";

        public long Version { get; init; }

        public string FoundValue { get; init; } = "";
    }
}
