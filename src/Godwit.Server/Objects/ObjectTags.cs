using System.Text.RegularExpressions;
using Godwit.Core;

namespace Godwit.Server.Objects;

/// <summary>Rules on tags of objects and buckets. AWS: S3 > Categorizing your storage using tags.</summary>
public static partial class ObjectTags
{
    public const int ObjectMax = 10, BucketMax = 50;

    private const int KeyMax = 128, ValueMax = 256;

    public static ServiceError? Check(IReadOnlyDictionary<string, string> tags, int most = ObjectMax)
    {
        if (tags.Count > most)
            return new ServiceError("BadRequest", 400, $"{(most == ObjectMax ? "Object" : "Bucket")} tags cannot be greater than {most}");
        foreach (var (key, value) in tags)
        {
            if (key.Length is 0 or > KeyMax || !Text().IsMatch(key))
                return new ServiceError("InvalidTag", 400, "The TagKey you have provided is invalid");
            if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                return new ServiceError("InvalidTag", 400, "System tags cannot be added/updated by requester");
            if (value.Length > ValueMax || !Text().IsMatch(value))
                return new ServiceError("InvalidTag", 400, "The TagValue you have provided is invalid");
        }

        return null;
    }

    public static ServiceError Duplicate { get; } = new("InvalidTag", 400, "Cannot provide multiple Tags with the same key");

    /// <summary>Reads <c>x-amz-tagging</c>: pairs as in a query string.</summary>
    public static Result<IReadOnlyDictionary<string, string>> Parse(string? header)
    {
        var tags = new Dictionary<string, string>();
        foreach (var pair in (header ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var (key, value) = (Decoded(parts[0]), parts.Length > 1 ? Decoded(parts[1]) : "");
            if (!tags.TryAdd(key, value))
                return S3Errors.InvalidArgument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.", "x-amz-tagging", header!);
        }

        return tags;
    }

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    [GeneratedRegex(@"\A[\p{L}\p{Z}\p{N}_.:/=+\-@]*\z")]
    private static partial Regex Text();
}
