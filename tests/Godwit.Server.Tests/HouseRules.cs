using System.Text.RegularExpressions;

namespace Godwit.Server.Tests;

/// <summary>The walls that no compiler sees: who may import whom, each with the reason that a stranger is told.</summary>
public sealed partial class HouseRules
{
    private static readonly string[] Doors = ["Http", "Mqtt", "Hosting"];

    private static readonly (string What, Func<string, string, bool> Breaks, string Why)[] Rules =
    [
        ("a slice imports a door", (file, text) => IsSlice(file) && DoorImport().IsMatch(text), "a slice is called by doors and does not know which"),
        ("HttpContext outside Http/", (file, text) => IsServer(file) && !file.Contains("/Http/") && !IsHost(file) && text.Contains("HttpContext", StringComparison.Ordinal), "only the HTTP door speaks HTTP"),
        ("a driver outside Storage/", (file, text) => IsServer(file) && !file.Contains("/Storage/") && DriverImport().IsMatch(text), "slices write SQL, not drivers"),
        ("Core waits or touches the world", (file, text) => file.Contains("/Godwit.Core/") && WorldImport().IsMatch(text), "rules must run a whole fleet in seconds, and the same way twice"),
        ("the broker knows of AWS", (file, text) => file.Contains("/Godwit.Mqtt/") && text.Contains("using Godwit.Core", StringComparison.Ordinal), "it answers to the OASIS standard only"),
        ("emulated devices know the server", (file, text) => file.Contains("/Godwit.Fleet/") && text.Contains("using Godwit.Server", StringComparison.Ordinal), "devices know protocols, not implementations"),
        ("a store of another slice", (file, text) => IsSlice(file) && ForeignStore(file, text), "a slice is entered through its operations, never through its store"),
        ("work put off by a comment", (_, text) => PutOff().IsMatch(text), "what is not done is an issue, not a comment"),
    ];

    [Fact]
    public void No_file_breaks_a_wall()
    {
        var broken = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.cs", SearchOption.AllDirectories))
        {
            var path = file.Replace('\\', '/');
            if (path.Contains("/obj/", StringComparison.Ordinal) || path.Contains("/bin/", StringComparison.Ordinal))
                continue;
            var text = File.ReadAllText(file);
            broken.AddRange(Rules.Where(rule => rule.Breaks(path, text)).Select(rule => $"{path}: {rule.What}; {rule.Why}"));
        }
        Assert.True(broken.Count == 0, string.Join(Environment.NewLine, broken));
    }

    [Fact]
    public void No_source_file_has_grown_into_two_ideas()
    {
        var long_ = Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(file => (File: file, Lines: File.ReadLines(file).Count()))
            .Where(row => row.Lines > 450)
            .Select(row => $"{row.File} has {row.Lines} lines");
        Assert.Empty(long_);
    }

    private static bool IsServer(string file) => file.Contains("/Godwit.Server/", StringComparison.Ordinal);

    private static bool IsHost(string file) => file.Contains("/Godwit.Server/Hosting/", StringComparison.Ordinal);

    /// <summary>A file in a folder of Godwit.Server that is neither a door nor storage.</summary>
    private static bool IsSlice(string file) => IsServer(file) && Slice(file) is { } slice && !Doors.Contains(slice) && slice != "Storage";

    private static string? Slice(string file)
    {
        var rest = file[(file.IndexOf("/Godwit.Server/", StringComparison.Ordinal) + "/Godwit.Server/".Length)..];
        return rest.Contains('/', StringComparison.Ordinal) ? rest[..rest.IndexOf('/', StringComparison.Ordinal)] : null;
    }

    private static bool ForeignStore(string file, string text)
    {
        var slice = Slice(file)!;
        var own = Directory.EnumerateFiles(Path.Combine(Root(), "src", "Godwit.Server", slice), "*Store.cs", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension).ToHashSet();
        return StoreName().Matches(text).Select(match => match.Value).Any(name => !own.Contains(name) && AllStores.Value.Contains(name));
    }

    private static readonly Lazy<HashSet<string>> AllStores = new(() =>
        [.. Directory.EnumerateFiles(Path.Combine(Root(), "src", "Godwit.Server"), "*Store.cs", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file)!)]);

    internal static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Godwit.slnx")))
            folder = folder.Parent ?? throw new InvalidOperationException("The test does not run below the project's root.");
        return folder.FullName;
    }

    [GeneratedRegex(@"^using Godwit\.Server\.(Http|Mqtt)\b", RegexOptions.Multiline)]
    private static partial Regex DoorImport();

    [GeneratedRegex(@"^using (Microsoft\.Data\.Sqlite|Npgsql)\b", RegexOptions.Multiline)]
    private static partial Regex DriverImport();

    [GeneratedRegex(@"^using System\.(IO|Net\.(Sockets|Http)|Threading\.Tasks|Data|Diagnostics\.Process)\b|\bTask<|\bFile\.(Read|Write|Open)", RegexOptions.Multiline)]
    private static partial Regex WorldImport();

    [GeneratedRegex(@"//.*\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex PutOff();

    [GeneratedRegex(@"\b[A-Z]\w+Store\b")]
    private static partial Regex StoreName();
}
