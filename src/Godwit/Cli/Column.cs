using System.Text.Json.Nodes;

namespace Godwit.Cli;

/// <summary>A column of a table: its header and what stands in it for a row.</summary>
public sealed record Column(string Header, Func<JsonObject, string?> Cell, bool Right = false)
{
    /// <summary>A member as it is; members below it are named by dots.</summary>
    public static Column Of(string header, string path, bool right = false) => new(header, row => row.Text(path), right);

    /// <summary>A member that holds seconds since 1970, as a time.</summary>
    public static Column Time(string header, string path) => new(header, row => row.Moment(path) is { } at ? at.ToString("yyyy-MM-dd HH:mm:ss'Z'") : null);
}
