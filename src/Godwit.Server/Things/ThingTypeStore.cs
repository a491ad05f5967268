using System.Text.Json;
using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>Rows of thing types.</summary>
internal static class ThingTypeStore
{
    public static ThingTypeRow? Find(ReadSession session, string account, string type) =>
        session.First<ThingTypeRow>("SELECT * FROM thing_type WHERE account = @account AND thing_type_name = @type", new { account, type });

    public static bool Exists(ReadSession session, string account, string type) => Find(session, account, type) is not null;

    /// <summary>Why a thing cannot take this type, or null; no type is always allowed.</summary>
    public static ServiceError? RefuseForThing(ReadSession session, string account, string? type) =>
        type is null ? null
        : Find(session, account, type) is not { } row ? ThingErrors.NoType(type)
        : row.DeprecatedAtMs is not null ? ThingErrors.DeprecatedType(type)
        : null;
}

internal sealed record ThingTypeRow
{
    public string ThingTypeName { get; init; } = "";

    public string ThingTypeId { get; init; } = "";

    public string Properties { get; init; } = "{}";

    public long CreatedAtMs { get; init; }

    public long? DeprecatedAtMs { get; init; }

    public ThingTypeProperties ReadProperties() => ThingTypeProperties.Read(Properties);

    public ThingTypeMetadata Metadata => new(
        DeprecatedAtMs is not null,
        DeprecatedAtMs is { } deprecated ? DateTimeOffset.FromUnixTimeMilliseconds(deprecated) : null,
        DateTimeOffset.FromUnixTimeMilliseconds(CreatedAtMs));
}

public sealed record ThingTypeMetadata(bool Deprecated, DateTimeOffset? DeprecationDate, DateTimeOffset CreationDate);

/// <summary>What a thing type says; kept as given.</summary>
public sealed record ThingTypeProperties
{
    /// <summary>AWS: a thing type names at most three searchable attributes.</summary>
    private const int SearchableMax = 3;

    public string? ThingTypeDescription { get; init; }

    public IReadOnlyList<string>? SearchableAttributes { get; init; }

    public Mqtt5Configuration? Mqtt5Configuration { get; init; }

    public static ThingTypeProperties Read(string text) => JsonSerializer.Deserialize<ThingTypeProperties>(text)!;

    public string ToText() => JsonSerializer.Serialize(this);

    public ServiceError? Refuse() =>
        SearchableAttributes is { Count: > SearchableMax } searchable
            ? Errors.InvalidRequest($"searchableAttributes names {searchable.Count} attributes; a thing type has at most {SearchableMax}.")
            : null;
}

public sealed record Mqtt5Configuration
{
    public IReadOnlyList<PropagatingAttribute>? PropagatingAttributes { get; init; }
}

public sealed record PropagatingAttribute
{
    public string? UserPropertyKey { get; init; }

    public string? ThingAttribute { get; init; }

    public string? ConnectionAttribute { get; init; }
}
