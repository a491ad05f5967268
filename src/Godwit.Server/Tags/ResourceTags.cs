using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.Tags;

/// <summary>
/// Tags of resources, written in the transaction that creates, tags or deletes the resource.
/// A resource is named by the last part of its ARN, for example <c>job/AFR_OTA-rel42</c>.
/// </summary>
public static class ResourceTags
{
    /// <summary>AWS: 50 tags for each resource.</summary>
    public const int Max = 50;

    /// <summary>Puts tags on a resource; a key that is there already gets the new value. Refuses without writing.</summary>
    public static Result<Nothing> Put(WriteSession session, string account, string resource, IReadOnlyList<Tag>? tags)
    {
        if (tags is null or [])
            return default(Nothing);
        if (Refuse(tags) is { } refusal)
            return refusal;
        var keys = session.Query<string>("SELECT tag_key FROM resource_tag WHERE account = @account AND resource = @resource", new { account, resource });
        if (keys.Union(tags.Select(tag => tag.Key)).Count() > Max)
            return Errors.LimitExceeded($"{resource} would have more than {Max} tags. Remove some with UntagResource.");
        foreach (var tag in tags)
            session.Execute(
                """
                INSERT INTO resource_tag (account, resource, tag_key, tag_value) VALUES (@account, @resource, @Key, @Value)
                ON CONFLICT (account, resource, tag_key) DO UPDATE SET tag_value = excluded.tag_value
                """,
                new { account, resource, tag.Key, Value = tag.Value ?? "" });
        return default(Nothing);
    }

    /// <summary>Forgets the tags of a resource that is being deleted.</summary>
    public static void Clear(WriteSession session, string account, string resource) =>
        session.Execute("DELETE FROM resource_tag WHERE account = @account AND resource = @resource", new { account, resource });

    public static List<Tag> Of(ReadSession session, string account, string resource) =>
        session.Query<Tag>(
            "SELECT tag_key AS \"Key\", tag_value AS \"Value\" FROM resource_tag WHERE account = @account AND resource = @resource ORDER BY tag_key",
            new { account, resource });

    private static ServiceError? Refuse(IReadOnlyList<Tag> tags)
    {
        var seen = new HashSet<string>(tags.Count);
        foreach (var tag in tags)
        {
            if (tag.Key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                return Errors.InvalidRequest($"Tag key '{tag.Key}' begins with 'aws:', which is reserved. Choose another key.");
            if (!seen.Add(tag.Key))
                return Errors.InvalidRequest($"Tag key '{tag.Key}' is given twice. Give each key once.");
        }
        return tags.Count > Max ? Errors.InvalidRequest($"{tags.Count} tags are given; a resource can have {Max}.") : null;
    }
}
