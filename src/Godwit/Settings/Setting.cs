namespace Godwit.Settings;

/// <summary>One setting of <c>serve</c>: how it is given and what it is for. Help, <c>config show</c> and <c>docs/settings.md</c> are made of it.</summary>
/// <param name="Key">Its name in <c>appsettings.json</c>, below <c>Godwit</c>.</param>
/// <param name="Flag">Its flag, or null where it has none.</param>
/// <param name="Value">The form of its value.</param>
/// <param name="Meaning">One or two sentences.</param>
/// <param name="Default">What holds without it, in words where it is nothing that could be written.</param>
public sealed record Setting(string Key, string? Flag, string Value, string Meaning, string Default)
{
    /// <summary>It is a list: a flag that may be repeated, an array in the file, one value with commas in the environment.</summary>
    public bool Repeats { get; init; }

    /// <summary>Its flag alone switches it on.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>The environment variable that gives it.</summary>
    public string Environment => "GODWIT__" + Key.ToUpperInvariant();

    /// <summary>What help says of it.</summary>
    public string Help => $"{Meaning}{(Repeats ? " May be repeated." : "")} Default: {Default}.";
}
