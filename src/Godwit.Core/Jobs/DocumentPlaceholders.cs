using System.Text;
using System.Text.Json;

namespace Godwit.Core.Jobs;

/// <summary>What a placeholder asks for: a URL to read an object by, one to write it by, or the object's signature.</summary>
public enum PlaceholderKind
{
    Download,
    Upload,

    /// <summary><c>${aws:iot:code-sign-signature:s3://REGION.BUCKET/KEY@VERSION}</c>; the version may be left out.</summary>
    Signature,
}

/// <summary>A placeholder in a job document, for example <c>${aws:iot:s3-presigned-url:URL}</c>, and the object it names (null if it names none).</summary>
public sealed record DocumentPlaceholder(int Start, int Length, PlaceholderKind Kind, S3Location? Location);

/// <summary>Finds and fills the placeholders of job documents. AWS: Jobs > Create and manage jobs > presigned URLs.</summary>
public static class DocumentPlaceholders
{
    private const string Head = "${aws:iot:", Url = "s3-presigned-url", Signature = "code-sign-signature:s3://";

    private static readonly string[] UploadVariables = ["${thingName}", "${jobId}", "${executionNumber}"];

    private const int UploadVariablesMax = 2;

    public static IReadOnlyList<DocumentPlaceholder> Find(string document)
    {
        var found = new List<DocumentPlaceholder>();
        for (var at = Next(document, 0); at >= 0; at = Next(document, at + 1))
            if (Read(document, at) is { } placeholder)
                found.Add(placeholder);
        return found;
    }

    /// <summary>Puts a text in the place of each placeholder; one that <paramref name="text"/> answers with null stays as it is.</summary>
    public static string Fill(string document, Func<DocumentPlaceholder, string?> text)
    {
        var filled = new StringBuilder(document.Length + 1024);
        var copied = 0;
        foreach (var placeholder in Find(document))
        {
            if (text(placeholder) is not { } value)
                continue;
            filled.Append(document, copied, placeholder.Start - copied).Append(value);
            copied = placeholder.Start + placeholder.Length;
        }
        return filled.Append(document, copied, document.Length - copied).ToString();
    }

    /// <summary>The key of an upload may hold <c>${thingName}</c>, <c>${jobId}</c> and <c>${executionNumber}</c>.</summary>
    public static string UploadKey(string key, string thingName, string jobId, long executionNumber) => key
        .Replace("${thingName}", thingName, StringComparison.Ordinal)
        .Replace("${jobId}", jobId, StringComparison.Ordinal)
        .Replace("${executionNumber}", executionNumber.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>AWS: the key of an upload holds each of its variables twice at most. The variable that it holds more often, or null.</summary>
    public static string? TooOften(string key) =>
        UploadVariables.FirstOrDefault(variable => key.AsSpan().Count(variable) > UploadVariablesMax);

    private static int Next(string document, int from) => document.IndexOf(Head, from, StringComparison.Ordinal);

    private static DocumentPlaceholder? Read(string document, int start)
    {
        if (document.AsSpan(start + Head.Length).StartsWith(Signature))
            return ReadSignature(document, start);
        if (!document.AsSpan(start + Head.Length).StartsWith(Url))
            return null;
        var behind = document.AsSpan(start + Head.Length + Url.Length);
        var (tag, kind, encoded) =
            behind.StartsWith("-v2:") ? ("-v2:", PlaceholderKind.Download, true)
            : behind.StartsWith("-upload:") ? ("-upload:", PlaceholderKind.Upload, false)
            : (":", PlaceholderKind.Download, false);
        if (!behind.StartsWith(tag))
            return null;
        var urlStart = start + Head.Length + Url.Length + tag.Length;
        var end = ClosingBrace(document, urlStart);
        if (end < 0)
            return null;
        var url = Unescaped(document[urlStart..end]);
        // Only v2 may name a version; its URL is percent-encoded as a whole or in part.
        var location = S3Location.Parse(encoded ? Uri.UnescapeDataString(url) : url);
        if (!encoded && location is { VersionId: not null })
            location = location with { VersionId = null };
        return new DocumentPlaceholder(start, end + 1 - start, kind, location);
    }

    private static DocumentPlaceholder? ReadSignature(string document, int start)
    {
        var from = start + Head.Length + Signature.Length;
        var end = ClosingBrace(document, from);
        if (end < 0)
            return null;
        var text = Unescaped(document[from..end]);
        // Regions have no dots, bucket names may; versions have no slash, keys may.
        var (dot, slash, at) = (text.IndexOf('.'), text.IndexOf('/'), text.LastIndexOf('@'));
        var keyEnds = at > text.LastIndexOf('/') ? at : text.Length;
        var location = dot > 0 && slash > dot + 1 && slash + 1 < keyEnds
            ? new S3Location(text[(dot + 1)..slash], text[(slash + 1)..keyEnds], keyEnds + 1 < text.Length ? text[(keyEnds + 1)..] : null)
            : null;
        return new DocumentPlaceholder(start, end + 1 - start, PlaceholderKind.Signature, location);
    }

    /// <summary>The brace that closes the placeholder; those of nested <c>${…}</c> do not.</summary>
    private static int ClosingBrace(string document, int from)
    {
        var depth = 1;
        for (var i = from; i < document.Length && document[i] != '"'; i++)
        {
            if (document[i] == '{' && document[i - 1] == '$')
                depth++;
            else if (document[i] == '}' && --depth == 0)
                return i;
        }
        return -1;
    }

    /// <summary>The document is JSON text, so a URL in it may hold JSON's escapes.</summary>
    private static string Unescaped(string text) => text.Contains('\\') ? JsonSerializer.Deserialize<string>($"\"{text}\"")! : text;
}
