using System.Text;

namespace Godwit.Core.Streams;

/// <summary>Why a device's stream request is refused: AWS's code and a text. AWS: MQTT-based file delivery > Error handling.</summary>
public readonly record struct StreamRejection(string Code, string Message)
{
    public const int MaxClientTokenBytes = 64;

    public static readonly StreamRejection InvalidTopic = new("InvalidTopic", "The topic is not one of describe/json, describe/cbor, get/json or get/cbor.");

    public static readonly StreamRejection InvalidJson = new("InvalidJson", "Invalid JSON message");

    public static readonly StreamRejection InvalidCbor = new("InvalidCbor", "Invalid CBOR message");

    public static readonly StreamRejection OutOfRange = new("InvalidRequest", "The data requested is out of the range of data available.");

    public static readonly StreamRejection ETagMismatch = new("ETagMismatch", "The object has changed since the stream was created; update the stream.");

    public static readonly StreamRejection Unauthorized = new("Unauthorized", "The stream's object is not accessible.");

    public static readonly StreamRejection InternalError = new("InternalError", "Internal error");

    public static StreamRejection StreamNotFound(string streamId) => new("ResourceNotFound", $"Stream {streamId} does not exist.");

    public static StreamRejection FileNotFound(string streamId, long fileId) => new("ResourceNotFound", $"Stream {streamId} has no file {fileId}.");

    public static StreamRejection VersionMismatch(long expected, int found) =>
        new("VersionMismatch", $"Expected stream version {expected} but found version {found}");

    public static StreamRejection InvalidRequest(string message) => new("InvalidRequest", message);

    /// <summary>Null if the token may be echoed.</summary>
    public static StreamRejection? CheckClientToken(string? token) => token is not null && Encoding.UTF8.GetByteCount(token) > MaxClientTokenBytes
        ? InvalidRequest($"The client token (c) must not be longer than {MaxClientTokenBytes} bytes.")
        : null;
}
