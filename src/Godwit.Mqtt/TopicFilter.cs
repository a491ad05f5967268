namespace Godwit.Mqtt;

/// <summary>The rules of topic names and filters (OASIS MQTT 4.7), as pure functions.</summary>
public static class TopicFilter
{
    private const string SharePrefix = "$share/";

    /// <summary>Not empty, <c>+</c> alone in its level [MQTT-4.7.1-3], <c>#</c> alone in the last [MQTT-4.7.1-2].</summary>
    public static bool IsValid(ReadOnlySpan<char> filter)
    {
        if (filter.IsEmpty || filter.Contains('\0'))
            return false;

        while (true)
        {
            var slash = filter.IndexOf('/');
            var level = slash < 0 ? filter : filter[..slash];
            if (level.Length > 1 && level.ContainsAny('+', '#'))
                return false;
            if (slash < 0)
                return true;
            if (level is "#")
                return false;
            filter = filter[(slash + 1)..];
        }
    }

    public static bool HasWildcards(ReadOnlySpan<char> filter) => filter.ContainsAny('+', '#');

    /// <summary>
    /// Splits <c>$share/name/filter</c>. False if it begins as a shared subscription and is none: an empty name or one with a
    /// wildcard, or no filter [MQTT-4.8.2-1] [MQTT-4.8.2-2]. Without the prefix <paramref name="shareName"/> is null.
    /// </summary>
    public static bool TrySplitShare(string filter, out string? shareName, out string inner)
    {
        shareName = null;
        inner = filter;
        if (!filter.StartsWith(SharePrefix, StringComparison.Ordinal))
            return true;

        var rest = filter.AsSpan(SharePrefix.Length);
        var slash = rest.IndexOf('/');
        if (slash <= 0 || slash == rest.Length - 1 || rest[..slash].ContainsAny('+', '#'))
            return false;

        shareName = rest[..slash].ToString();
        inner = rest[(slash + 1)..].ToString();
        return true;
    }

    /// <summary>Does the filter (without <c>$share</c>) match the topic? A slow and plain form of what the trie does.</summary>
    public static bool Matches(ReadOnlySpan<char> filter, ReadOnlySpan<char> topic, bool parentMatches)
    {
        // A leading wildcard does not match topics that begin with $ [MQTT-4.7.2-1].
        if (topic is ['$', ..] && filter is ['+' or '#', ..])
            return false;

        while (true)
        {
            var filterSlash = filter.IndexOf('/');
            var topicSlash = topic.IndexOf('/');
            var filterLevel = filterSlash < 0 ? filter : filter[..filterSlash];
            var topicLevel = topicSlash < 0 ? topic : topic[..topicSlash];
            if (filterLevel is "#")
                return true;
            if (filterLevel is not "+" && !filterLevel.SequenceEqual(topicLevel))
                return false;
            if (topicSlash < 0)
                return filterSlash < 0 || (parentMatches && filter[(filterSlash + 1)..] is "#");
            if (filterSlash < 0)
                return false;

            filter = filter[(filterSlash + 1)..];
            topic = topic[(topicSlash + 1)..];
        }
    }
}
