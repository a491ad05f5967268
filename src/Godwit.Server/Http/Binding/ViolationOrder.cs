namespace Godwit.Server.Http.Binding;

/// <summary>
/// The order in which a structure's members are checked, and so the order of several violations: the model's, save where AWS was seen to differ
/// (its order looks like that of a hash table).
/// </summary>
internal static class ViolationOrder
{
    private static readonly Dictionary<string, string[]> Seen = new(StringComparer.Ordinal)
    {
        ["UpdateJobRequest"] = ["jobExecutionsRolloutConfig", "presignedUrlConfig", "jobExecutionsRetryConfig", "abortConfig"],
        ["AbortCriteria"] = ["minNumberOfExecutedThings", "failureType", "action", "thresholdPercentage"],
    };

    /// <summary>Indexes into <see cref="Shape.Members"/>.</summary>
    public static IEnumerable<int> Of(Shape shape)
    {
        var all = Enumerable.Range(0, shape.Members.Count);
        return Seen.TryGetValue(shape.Name, out var seen) ? all.OrderBy(i => Rank(seen, shape.Members[i].Name)) : all;
    }

    /// <summary>Members that were not part of what was seen come first, in the model's order.</summary>
    private static int Rank(string[] seen, string member) => Array.IndexOf(seen, member);
}
