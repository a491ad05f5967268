namespace Godwit.Server.OtaUpdates.Versions;

/// <summary>A row of <c>thing_version</c>.</summary>
internal sealed record VersionRow
{
    public const string Select = "SELECT account, thing_name, version, since_ms, evidence, reported, attribute, doubt_at_ms FROM thing_version";

    public string Account { get; init; } = "";

    public string ThingName { get; init; } = "";

    public string Version { get; init; } = "";

    public long SinceMs { get; init; }

    public long Evidence { get; init; }

    public string? Reported { get; init; }

    public string? Attribute { get; init; }

    public long? DoubtAtMs { get; init; }
}
