namespace Godwit.Server.Streams.Device;

/// <summary>How a device wrote its request and reads the answer: the last level of the topic.</summary>
internal enum StreamFormat
{
    Json,
    Cbor,
}
