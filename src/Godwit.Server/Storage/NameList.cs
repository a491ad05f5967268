namespace Godwit.Server.Storage;

/// <summary>A list of names in a statement, <c>… IN (@n0, @n1, …)</c>: the one form that both databases know. Few lengths occur, so statements stay prepared.</summary>
internal static class NameList
{
    private static readonly int[] Lengths = [1, 8, 64, 512];

    /// <summary>The parenthesis, and all parameters: the names' and those given beside them.</summary>
    public static (string In, Dictionary<string, object?> Args) Of(IReadOnlyCollection<string> names, params ReadOnlySpan<(string Name, object? Value)> others)
    {
        if (names.Count == 0 || names.Count > Lengths[^1])
            throw new ArgumentOutOfRangeException(nameof(names), names.Count, "A statement names 1 to 512.");
        var length = Lengths.First(known => known >= names.Count);
        var args = new Dictionary<string, object?>(length + others.Length, StringComparer.Ordinal);
        foreach (var name in names)
            args["n" + args.Count] = name;
        // The last name again does no harm.
        while (args.Count < length)
            args["n" + args.Count] = names.Last();
        var list = "(" + string.Join(", ", args.Keys.Select(name => "@" + name)) + ")";
        foreach (var (name, value) in others)
            args[name] = value;
        return (list, args);
    }
}
