using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections.Features;

namespace Godwit.Server.Http;

/// <summary>MQTT in the binary frames of a WebSocket, which may split and join packets in any way [MQTT-6.0.0-2].</summary>
internal sealed class WebSocketMqttStream(WebSocket socket, IConnectionLifetimeFeature connection) : MqttStream
{
    /// <summary>RFC 6455 §5.2: of a frame from a server with up to 65535 bytes.</summary>
    private const int FrameHeaderBytesMax = 4;

    /// <summary>Nothing more comes, and the peer has been told that nothing more goes.</summary>
    private volatile bool _closed;

    protected override int PieceBytesMax => RecordBytesMax - FrameHeaderBytesMax;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(buffer, CancellationToken.None);
                if (read.MessageType == WebSocketMessageType.Binary && read.Count > 0)
                    return read.Count;
                if (read.MessageType == WebSocketMessageType.Binary)
                    continue;
                // [MQTT-6.0.0-1] Text is not MQTT.
                await Close(read.MessageType == WebSocketMessageType.Text ? WebSocketCloseStatus.InvalidMessageType : WebSocketCloseStatus.NormalClosure);
                _closed = true;
                return 0;
            }
        }
        catch (WebSocketException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    protected override async ValueTask WritePiece(ReadOnlyMemory<byte> piece)
    {
        try
        {
            await socket.SendAsync(piece, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        }
        catch (WebSocketException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    /// <summary>The peer answers with a Close of its own, or the broker's patience ends.</summary>
    protected override async ValueTask EndWrite() => await Close(WebSocketCloseStatus.NormalClosure);

    protected override void BreakOff(bool ended)
    {
        // Aborting would take the Close frame, still on its way, with it.
        if (_closed)
            return;
        socket.Abort();
        if (!ended)
            connection.Abort();
    }

    private async Task Close(WebSocketCloseStatus why)
    {
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(why, null, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // Gone already.
        }
    }
}
