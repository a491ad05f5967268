namespace Godwit.Mqtt;

/// <summary>The running figures behind <see cref="BrokerCounters"/>; fields are changed with Interlocked.</summary>
internal sealed class Counters
{
    public long ConnectionsAccepted;
    public long ConnectionsRefused;
    public long SocketsOpen;
    public long Connected;
    public long HandshakesDone;
    public long HandshakesFailed;
    public long PacketsIn;
    public long PacketsOut;
    public long BytesIn;
    public long BytesOut;
    public long PublishesIn;
    public long PublishesOut;
    public long Drops;
    public long Throttled;
}
