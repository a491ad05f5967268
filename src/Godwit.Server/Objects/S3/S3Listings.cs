using System.Xml;
using Godwit.Core;

namespace Godwit.Server.Objects.S3;

/// <summary>Lists on the wire.</summary>
public sealed class S3Listings(ListBuckets listBuckets, ListObjects listObjects, ListObjectVersions listObjectVersions)
{
    private const int BucketsMax = 10_000;

    public async Task<ServiceError?> ListBuckets(S3Request request, S3Response response, CancellationToken ct)
    {
        var max = S3Parameters.Count(request, "max-buckets", BucketsMax);
        if (!max.IsOk)
            return max.Error;
        var after = Token(request);
        if (!after.IsOk)
            return after.Error;
        var buckets = await listBuckets.Handle(request.Caller, new(request.Parameter("prefix")), ct);
        if (!buckets.IsOk)
            return buckets.Error;
        var rest = buckets.Value.Where(b => string.CompareOrdinal(b.Name, after.Value) > 0).ToList();
        var page = rest.Take(max.Value).ToList();
        await S3Xml.Write(response, S3Xml.Document("ListAllMyBucketsResult", xml =>
        {
            S3Xml.WriteOwner(xml, request.Caller.Account);
            xml.WriteStartElement("Buckets");
            foreach (var bucket in page)
            {
                xml.WriteStartElement("Bucket");
                xml.Element("Name", bucket.Name);
                xml.Element("CreationDate", S3Headers.XmlDate(bucket.Created));
                xml.Element("BucketRegion", bucket.Region);
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
            if (page.Count > 0 && page.Count < rest.Count)
                xml.Element("ContinuationToken", TokenOf(page[^1].Name));
            xml.Element("Prefix", request.Parameter("prefix"));
        }), ct);
        return null;
    }

    public async Task<ServiceError?> ListObjects(S3Request request, S3Response response, CancellationToken ct)
    {
        var marker = request.Parameter("marker") ?? "";
        return await List(request, response, marker, withOwner: true, (xml, encode, listing) =>
        {
            xml.Element("Marker", encode(marker));
            // AWS: without a delimiter the client goes on from the last key itself.
            if (listing.IsTruncated && !string.IsNullOrEmpty(request.Parameter("delimiter")))
                xml.Element("NextMarker", encode(listing.Last!));
        }, ct);
    }

    public async Task<ServiceError?> ListObjectsV2(S3Request request, S3Response response, CancellationToken ct)
    {
        if (request.Parameter("list-type") is not "2" and var type)
            return S3Errors.InvalidArgument("Invalid list type specified", "list-type", type!);
        var token = Token(request);
        if (!token.IsOk)
            return token.Error;
        var startAfter = request.Parameter("start-after");
        var after = token.Value.Length > 0 ? token.Value : startAfter ?? "";
        return await List(request, response, after, request.Parameter("fetch-owner") == "true", (xml, encode, listing) =>
        {
            xml.Element("StartAfter", startAfter is null ? null : encode(startAfter));
            xml.Element("ContinuationToken", request.Parameter("continuation-token"));
            if (listing.IsTruncated)
                xml.Element("NextContinuationToken", TokenOf(listing.Last!));
            xml.Element("KeyCount", S3Parameters.Text(listing.Versions.Count + listing.CommonPrefixes.Count));
        }, ct);
    }

    public async Task<ServiceError?> ListObjectVersions(S3Request request, S3Response response, CancellationToken ct)
    {
        var (max, encoding) = (S3Parameters.Count(request, "max-keys", ObjectListing.KeysMax), S3Parameters.Encoding(request));
        if ((max.Error ?? encoding.Error) is { } malformed)
            return malformed;
        var (keyMarker, idMarker) = (request.Parameter("key-marker") ?? "", request.Parameter("version-id-marker"));
        if (idMarker is not null && keyMarker.Length == 0)
            return S3Errors.InvalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", idMarker);
        var (prefix, delimiter, encode) = (request.Parameter("prefix") ?? "", request.Parameter("delimiter"), encoding.Value);
        var listed = await listObjectVersions.Handle(request.Caller, new(request.Bucket!, prefix, delimiter, keyMarker, idMarker, max.Value), ct);
        if (!listed.IsOk)
            return listed.Error;
        var listing = listed.Value;
        await S3Xml.Write(response, S3Xml.Document("ListVersionsResult", xml =>
        {
            WriteHead(xml, request, encode, max.Value, listing);
            xml.Element("KeyMarker", encode(keyMarker));
            xml.Element("VersionIdMarker", idMarker ?? "");
            if (listing.IsTruncated)
            {
                xml.Element("NextKeyMarker", encode(listing.Last!));
                xml.Element("NextVersionIdMarker", listing.LastVersion is { } last ? Objects.ListObjectVersions.Marker(last) : null);
            }
            foreach (var version in listing.Versions)
                S3Xml.WriteVersion(xml, version, encode, request.Caller.Account);
            WritePrefixes(xml, listing, encode);
        }), ct);
        return null;
    }

    private async Task<ServiceError?> List(
        S3Request request, S3Response response, string after, bool withOwner,
        Action<XmlWriter, Func<string, string>, ObjectListing.Listing> markers, CancellationToken ct)
    {
        var (max, encoding) = (S3Parameters.Count(request, "max-keys", ObjectListing.KeysMax), S3Parameters.Encoding(request));
        if ((max.Error ?? encoding.Error) is { } malformed)
            return malformed;
        var listed = await listObjects.Handle(
            request.Caller, new(request.Bucket!, request.Parameter("prefix") ?? "", request.Parameter("delimiter"), after, max.Value), ct);
        if (!listed.IsOk)
            return listed.Error;
        var (listing, encode) = (listed.Value, encoding.Value);
        await S3Xml.Write(response, S3Xml.Document("ListBucketResult", xml =>
        {
            WriteHead(xml, request, encode, max.Value, listing);
            markers(xml, encode, listing);
            foreach (var version in listing.Versions)
                S3Xml.WriteContents(xml, version, encode, withOwner ? request.Caller.Account : null);
            WritePrefixes(xml, listing, encode);
        }), ct);
        return null;
    }

    private static void WriteHead(XmlWriter xml, S3Request request, Func<string, string> encode, int max, ObjectListing.Listing listing)
    {
        xml.Element("Name", request.Bucket);
        xml.Element("Prefix", encode(request.Parameter("prefix") ?? ""));
        xml.Element("Delimiter", request.Parameter("delimiter") is { Length: > 0 } delimiter ? encode(delimiter) : null);
        xml.Element("MaxKeys", S3Parameters.Text(max));
        xml.Element("EncodingType", request.Parameter("encoding-type") is { Length: > 0 } type ? type : null);
        xml.Element("IsTruncated", listing.IsTruncated ? "true" : "false");
    }

    private static void WritePrefixes(XmlWriter xml, ObjectListing.Listing listing, Func<string, string> encode)
    {
        foreach (var prefix in listing.CommonPrefixes)
        {
            xml.WriteStartElement("CommonPrefixes");
            xml.Element("Prefix", encode(prefix));
            xml.WriteEndElement();
        }
    }

    private static string TokenOf(string last) => PageToken.Of("s3", last);

    /// <summary>What the continuation token holds; empty where there is none.</summary>
    private static Result<string> Token(S3Request request)
    {
        var token = request.Parameter("continuation-token");
        return PageToken.TryRead("s3", token, 1, out var last)
            ? last[0]
            : S3Errors.InvalidArgument("The continuation token provided is incorrect", "continuation-token", token!);
    }
}
