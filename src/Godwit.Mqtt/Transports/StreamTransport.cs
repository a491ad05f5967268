namespace Godwit.Mqtt.Transports;

/// <summary>MQTT over a stream that somebody else has opened, such as a WebSocket.</summary>
internal sealed class StreamTransport(Stream stream, TransportInfo info) : Transport
{
    public override TransportInfo Info => info;

    public override ValueTask<int> Read(Memory<byte> buffer) => buffer.IsEmpty ? default : stream.ReadAsync(buffer);

    public override async ValueTask Write(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes).ConfigureAwait(false);
        await stream.FlushAsync().ConfigureAwait(false);
    }

    public override ValueTask EndWrite() => stream.DisposeAsync();

    public override void Abort() => stream.Dispose();
}
