namespace Godwit.Core.FleetIndexing;

/// <summary>Which dynamic groups a thing is in. AWS: a thing is in at most ten groups; groups that were made earlier win, static ones before all.</summary>
public static class DynamicMembership
{
    public const int GroupsMax = 10;

    /// <param name="staticGroups">How many static groups the thing is in.</param>
    /// <param name="matchesByAge">The dynamic groups whose queries find the thing, the oldest first.</param>
    public static IEnumerable<string> Choose(int staticGroups, IEnumerable<string> matchesByAge) =>
        matchesByAge.Take(Math.Max(0, GroupsMax - staticGroups));
}
