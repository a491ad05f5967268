using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Godwit.Server.Http;

/// <summary>MQTT straight on a connection behind its TLS handshake.</summary>
internal sealed class PipeMqttStream(ConnectionContext connection) : MqttStream
{
    protected override int PieceBytesMax => RecordBytesMax;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var input = connection.Transport.Input;
        var read = await input.ReadAsync(CancellationToken.None);
        if (read.IsCanceled)
            return 0;
        var bytes = read.Buffer.Slice(0, Math.Min(buffer.Length, read.Buffer.Length));
        bytes.CopyTo(buffer.Span);
        input.AdvanceTo(bytes.End);
        return (int)bytes.Length;
    }

    protected override async ValueTask WritePiece(ReadOnlyMemory<byte> piece)
    {
        // Written through, not collected: one piece is one record.
        var flushed = await connection.Transport.Output.WriteAsync(piece, CancellationToken.None);
        if (flushed.IsCompleted || flushed.IsCanceled)
            throw new IOException("The peer takes no more.");
    }

    protected override ValueTask EndWrite()
    {
        // Kestrel sends what is left and closes once nobody reads any more.
        connection.Transport.Input.CancelPendingRead();
        return default;
    }

    protected override void BreakOff(bool ended)
    {
        if (!ended)
            connection.Abort();
    }
}
