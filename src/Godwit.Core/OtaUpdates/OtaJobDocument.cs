using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Core.OtaUpdates;

/// <summary>
/// The job document that an OTA update becomes, compact and in the order of members that AWS writes: protocols, streamname (not where HTTP is the only
/// protocol), files[filepath, filesize, fileid, certfile, fileType, update_data_url, auth_scheme, sig-…].
/// </summary>
public static class OtaJobDocument
{
    public const string Mqtt = "MQTT";

    public const string Http = "HTTP";

    /// <summary>The one scheme of <c>update_data_url</c>.</summary>
    public const string AuthScheme = "aws.s3.presigned";

    /// <summary>The agents that copy these texts do not undo JSON escapes.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="region">Stands in the URL's host; presigned URLs are made anew each time a device is handed the document.</param>
    public static string Write(IReadOnlyList<string> protocols, string? streamName, string region, IReadOnlyList<OtaJobFile> files)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteStartObject("afr_ota");
            json.WriteStartArray("protocols");
            foreach (var protocol in protocols)
                json.WriteStringValue(protocol);
            json.WriteEndArray();
            if (protocols.Contains(Mqtt))
                json.WriteString("streamname", streamName);
            json.WriteStartArray("files");
            foreach (var file in files)
                WriteFile(json, file, protocols.Contains(Http) ? Placeholder(region, file) : null);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>
    /// Stands for a presigned URL of the file's object. The first form takes the key as it is and knows no versions; whatever needs more than letters,
    /// digits and <c>/ _ . -</c> takes the second, which is percent-encoded. AWS: Jobs > Create and manage jobs > presigned URLs.
    /// </summary>
    private static string Placeholder(string region, OtaJobFile file)
    {
        var url = $"https://s3.{region}.amazonaws.com/{file.Bucket}/{file.Key}";
        if (file.Version is null && file.Key.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '.' or '-'))
            return $"${{aws:iot:s3-presigned-url:{url}}}";
        var versioned = file.Version is null ? url : $"{url}?versionId={file.Version}";
        return $"${{aws:iot:s3-presigned-url-v2:{Uri.EscapeDataString(versioned)}}}";
    }

    private static void WriteFile(Utf8JsonWriter json, OtaJobFile file, string? url)
    {
        json.WriteStartObject();
        json.WriteString("filepath", file.FilePath);
        json.WriteNumber("filesize", file.FileSize);
        json.WriteNumber("fileid", file.FileId);
        json.WriteString("certfile", file.CertFile);
        if (file.FileType is { } type)
            json.WriteNumber("fileType", type);
        json.WriteString("update_data_url", url);
        json.WriteString("auth_scheme", url is null ? null : AuthScheme);
        json.WriteString(file.Signature?.Key ?? OtaFileSignature.UnsignedKey, file.Signature?.Text);
        json.WriteEndObject();
    }
}
