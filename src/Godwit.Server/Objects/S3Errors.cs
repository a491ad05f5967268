using System.Globalization;
using Godwit.Core;

namespace Godwit.Server.Objects;

/// <summary>S3's refusals, with the codes, statuses and texts of the S3 API reference.</summary>
public static class S3Errors
{
    public static ServiceError AccessDenied(string message = "Access Denied") => new("AccessDenied", 403, message);

    public static ServiceError BadDigest(string what) => new("BadDigest", 400, $"The {what} you specified did not match the calculated checksum.");

    public static ServiceError BadDigestMd5 { get; } = new("BadDigest", 400, "The Content-MD5 you specified did not match what we received.");

    public static ServiceError BucketAlreadyExists(string bucket) => new(
        "BucketAlreadyExists", 409,
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
        Named("BucketName", bucket));

    public static ServiceError BucketAlreadyOwnedByYou(string bucket) => new(
        "BucketAlreadyOwnedByYou", 409, "Your previous request to create the named bucket succeeded and you already own it.", Named("BucketName", bucket));

    public static ServiceError BucketNotEmpty(string bucket) => new("BucketNotEmpty", 409, "The bucket you tried to delete is not empty", Named("BucketName", bucket));

    public static ServiceError CopyOnItself { get; } = InvalidRequest(
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.");

    public static ServiceError EntityTooLarge(long size, long max) => new(
        "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size",
        new Dictionary<string, string> { ["ProposedSize"] = Text(size), ["MaxSizeAllowed"] = Text(max) });

    public static ServiceError EntityTooSmall(int part, long size, long min) => new(
        "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size",
        new Dictionary<string, string> { ["ProposedSize"] = Text(size), ["MinSizeAllowed"] = Text(min), ["PartNumber"] = Text(part) });

    public static ServiceError IllegalLocationConstraint(string constraint) => new(
        "IllegalLocationConstraintException", 400,
        $"The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to.");

    public static ServiceError IllegalVersioningConfiguration { get; } = new(
        "IllegalVersioningConfigurationException", 400, "The Versioning element must be specified");

    public static ServiceError IncompleteBody { get; } = new(
        "IncompleteBody", 400, "You did not provide the number of bytes specified by the Content-Length HTTP header");

    public static ServiceError InvalidArgument(string message, string name, string value) => new(
        "InvalidArgument", 400, message, new Dictionary<string, string> { ["ArgumentName"] = name, ["ArgumentValue"] = value });

    public static ServiceError InvalidBucketName(string bucket) => new("InvalidBucketName", 400, "The specified bucket is not valid.", Named("BucketName", bucket));

    public static ServiceError InvalidDigest(string value) => new(
        "InvalidDigest", 400, "The Content-MD5 you specified was invalid.", Named("Content-MD5", value));

    public static ServiceError InternalError(string message) => new("InternalError", 500, message);

    public static ServiceError InvalidLocationConstraint(string constraint) => new(
        "InvalidLocationConstraint", 400, "The specified location-constraint is not valid", Named("LocationConstraint", constraint));

    public static ServiceError InvalidPart(string uploadId, int part, string etag) => new(
        "InvalidPart", 400,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        new Dictionary<string, string> { ["UploadId"] = uploadId, ["PartNumber"] = Text(part), ["ETag"] = etag });

    public static ServiceError InvalidPartNumber(int asked, int count) => new(
        "InvalidPartNumber", 416, "The requested partnumber is not satisfiable",
        new Dictionary<string, string> { ["PartNumberRequested"] = Text(asked), ["ActualPartCount"] = Text(count) });

    public static ServiceError InvalidPartOrder(string uploadId) => new(
        "InvalidPartOrder", 400, "The list of parts was not in ascending order. Parts must be ordered by part number.", Named("UploadId", uploadId));

    public static ServiceError InvalidRange(string? range, long size) => new(
        "InvalidRange", 416, "The requested range is not satisfiable",
        new Dictionary<string, string> { ["RangeRequested"] = range ?? "", ["ActualObjectSize"] = Text(size) });

    public static ServiceError InvalidRequest(string message) => new("InvalidRequest", 400, message);

    public static ServiceError InvalidUri { get; } = new("InvalidURI", 400, "Couldn't parse the specified URI.");

    public static ServiceError KeyTooLong(int size) => new(
        "KeyTooLongError", 400, "Your key is too long",
        new Dictionary<string, string> { ["Size"] = Text(size), ["MaxSizeAllowed"] = Text(Core.Objects.ObjectKey.Utf8BytesMax) });

    public static ServiceError MalformedXml { get; } = new(
        "MalformedXML", 400, "The XML you provided was not well-formed or did not validate against our published schema");

    public static ServiceError MetadataTooLarge(int size, int max) => new(
        "MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size",
        new Dictionary<string, string> { ["Size"] = Text(size), ["MaxSizeAllowed"] = Text(max) });

    public static ServiceError MethodNotAllowed(string method, string resourceType) => new(
        "MethodNotAllowed", 405, "The specified method is not allowed against this resource.",
        new Dictionary<string, string> { ["Method"] = method, ["ResourceType"] = resourceType });

    public static ServiceError MissingContentLength { get; } = new("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");

    public static ServiceError NoSuchBucket(string bucket) => new("NoSuchBucket", 404, "The specified bucket does not exist", Named("BucketName", bucket));

    public static ServiceError NoSuchKey(string key) => new("NoSuchKey", 404, "The specified key does not exist.", Named("Key", key));

    public static ServiceError NoSuchUpload(string uploadId) => new(
        "NoSuchUpload", 404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.", Named("UploadId", uploadId));

    public static ServiceError NoSuchVersion(string key, string versionId) => new(
        "NoSuchVersion", 404, "The specified version does not exist.", new Dictionary<string, string> { ["Key"] = key, ["VersionId"] = versionId });

    public static ServiceError NotImplemented(string operation) => new(
        "NotImplemented", 501, $"{operation} is not implemented by this server; docs/compatibility.md lists the S3 operations that are.", Named("Operation", operation));

    public static ServiceError PreconditionFailed(string condition) => new(
        "PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold", Named("Condition", condition));

    public static ServiceError ServiceUnavailable(string message) => new("ServiceUnavailable", 503, message);

    private static Dictionary<string, string> Named(string name, string value) => new() { [name] = value };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
