using System.Globalization;
using System.Xml.Linq;
using Godwit.Core;

namespace Godwit.Server.Iam;

/// <summary>Elements of IAM's answers. The door puts them into the service's namespace.</summary>
internal static class IamXml
{
    public static XElement Role(IamEntity row, IReadOnlyList<KeyValuePair<string, string>> tags, bool withTags = true) => new("Role",
        Identity(row, "RoleName", "RoleId"),
        new XElement("AssumeRolePolicyDocument", Uri.EscapeDataString(row.TrustPolicy ?? "")),
        Given("Description", row.Description),
        new XElement("MaxSessionDuration", row.MaxSessionSeconds),
        withTags && tags.Count > 0 ? Tags(tags) : null);

    public static XElement User(IamEntity row, IReadOnlyList<KeyValuePair<string, string>> tags) =>
        new("User", Identity(row, "UserName", "UserId"), tags.Count > 0 ? Tags(tags) : null);

    public static XElement Tags(IEnumerable<KeyValuePair<string, string>> tags) =>
        new("Tags", tags.Select(tag => new XElement("member", new XElement("Key", tag.Key), new XElement("Value", tag.Value))));

    public static XElement As(string name, XElement element) => new(name, element.Elements());

    public static XElement? Given(string name, string? value) => value is null ? null : new XElement(name, value);

    public static string Date(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A list and, where it goes on, its marker.</summary>
    public static XElement[] Page(string list, Page<XElement> page) =>
    [
        new(list, page.Items),
        new("IsTruncated", page.NextToken is not null ? "true" : "false"),
        .. page.NextToken is { } marker ? new[] { new XElement("Marker", marker) } : [],
    ];

    private static object[] Identity(IamEntity row, string name, string id) =>
    [
        new XElement("Path", row.Path), new XElement(name, row.Name), new XElement(id, row.EntityId), new XElement("Arn", row.Arn),
        new XElement("CreateDate", Date(row.CreatedAtMs)),
    ];
}
