using System.Globalization;
using System.Xml;
using Godwit.Core;
using Godwit.Server.Objects.Checksums;

namespace Godwit.Server.Objects.S3;

/// <summary>GetObjectAttributes — GET /{bucket}/{key}?attributes: what is known of an object without its bytes, parts included.</summary>
public sealed class S3Attributes(GetObject getObject)
{
    private const int PartsMax = 1000;

    private static readonly string[] Known = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

    public async Task<ServiceError?> GetObjectAttributes(S3Request request, S3Response response, CancellationToken ct)
    {
        var asked = (request.Header("x-amz-object-attributes") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (asked.Length == 0 || asked.Except(Known).Any())
            return S3Errors.InvalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", request.Header("x-amz-object-attributes") ?? "");
        var found = await getObject.Handle(request.Caller, new(request.Bucket!, request.Key, request.Parameter("versionId"), null, S3Headers.Conditions(request)), ct);
        if (!found.IsOk)
            return found.Error;
        var version = found.Value.Version;
        if (version.IsDeleteMarker)
            return request.Parameter("versionId") is null ? S3Errors.NoSuchKey(request.Key) : S3Errors.MethodNotAllowed("GET", "DeleteMarker");
        response.SetHeader("Last-Modified", S3Headers.HttpDate(version.LastModified));
        S3Headers.SetVersion(response, version.VersionId == ObjectVersion.NullId && request.Parameter("versionId") is null ? null : version.VersionId);
        var after = Number(request.Header("x-amz-part-number-marker"), 0);
        var max = Math.Min(PartsMax, Number(request.Header("x-amz-max-parts"), PartsMax));
        await S3Xml.Write(response, S3Xml.Document("GetObjectAttributesResponse", xml => Write(xml, version, asked, after, max)), ct);
        return null;
    }

    private static void Write(XmlWriter xml, ObjectVersion version, string[] asked, int after, int max)
    {
        if (asked.Contains("ETag"))
            xml.Element("ETag", version.ETag);
        if (asked.Contains("Checksum"))
        {
            xml.WriteStartElement("Checksum");
            S3Xml.WriteChecksums(xml, version.Details.Checksums);
            xml.WriteEndElement();
        }

        if (asked.Contains("ObjectParts") && version.PartList is { Count: > 0 } parts)
            WriteParts(xml, version, parts, after, max);
        if (asked.Contains("StorageClass"))
            xml.Element("StorageClass", "STANDARD");
        if (asked.Contains("ObjectSize"))
            xml.Element("ObjectSize", version.SizeBytes.ToString(CultureInfo.InvariantCulture));
    }

    private static void WriteParts(XmlWriter xml, ObjectVersion version, IReadOnlyList<ObjectPart> parts, int after, int max)
    {
        var page = parts.Where(part => part.Number > after).Take(max).ToList();
        xml.WriteStartElement("ObjectParts");
        xml.Element("PartsCount", Text(parts.Count));
        xml.Element("PartNumberMarker", Text(after));
        xml.Element("NextPartNumberMarker", Text(page.Count > 0 ? page[^1].Number : 0));
        xml.Element("MaxParts", Text(max));
        xml.Element("IsTruncated", page.Count > 0 && page[^1].Number < parts[^1].Number ? "true" : "false");
        var algorithm = ChecksumAlgorithms.All.Where(a => version.Details.Checksums.ContainsKey(a.Name())).Select(a => (ChecksumAlgorithm?)a).FirstOrDefault();
        // AWS lists parts one by one only where each has a checksum of its own.
        foreach (var part in page.Where(part => part.Checksum is not null && algorithm is not null))
        {
            xml.WriteStartElement("Part");
            xml.Element("PartNumber", Text(part.Number));
            xml.Element("Size", part.SizeBytes.ToString(CultureInfo.InvariantCulture));
            xml.Element(algorithm!.Value.Element(), part.Checksum);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static int Number(string? text, int otherwise) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
