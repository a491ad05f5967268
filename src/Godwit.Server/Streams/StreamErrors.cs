using Godwit.Core;

namespace Godwit.Server.Streams;

/// <summary>What can be wrong with a stream.</summary>
internal static class StreamErrors
{
    public static ServiceError NotFound(string streamId) =>
        Errors.ResourceNotFound($"Stream {streamId} does not exist. ListStreams shows those that do.");

    public static ServiceError Exists(string streamId, string streamArn) =>
        Errors.ResourceAlreadyExists($"Stream {streamId} already exists. Change it with UpdateStream, or choose another streamId.", streamId, streamArn);

    public static ServiceError Incomplete(int index, string member) =>
        Errors.InvalidRequest($"files[{index}].{member} is missing: each file of a stream needs fileId (0-255) and s3Location with bucket and key.");

    public static ServiceError TooLarge(string bucket, string key, long sizeBytes, long max) =>
        Errors.InvalidRequest($"S3 object {key} in bucket {bucket} has {sizeBytes} bytes; a stream can deliver files of up to {max}. Use the HTTP protocol for it.");

    public static ServiceError BadRole(string roleArn) =>
        Errors.InvalidRequest($"roleArn '{roleArn}' is not an ARN of a role. Give one such as arn:aws:iam::123456789012:role/ota-service.");

    /// <summary>The stream's role may not read the object.</summary>
    public static ServiceError NotReadable(string bucket, string key, string? version, string why) =>
        Errors.Unauthorized($"S3 object {(version is null ? key : $"{key} (version {version})")} not accessible in bucket {bucket}. Please check your permissions: {why}");

    /// <summary>The object's own refusal, told in terms of the stream. AWS: troubleshooting > "S3 object … not accessible".</summary>
    public static ServiceError NotAccessible(string bucket, string key, string? version, ServiceError cause)
    {
        var which = version is null ? key : $"{key} (version {version})";
        var message = $"S3 object {which} not accessible in bucket {bucket}: {cause.Message} (Service: S3; Status Code: {cause.Status}; Error Code: {cause.Code}). "
            + "Check the bucket, key and version, or upload the object first.";
        return cause.Status is 401 or 403 ? Errors.Unauthorized(message) : Errors.ResourceNotFound(message);
    }
}
