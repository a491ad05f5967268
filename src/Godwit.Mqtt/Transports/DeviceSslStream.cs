using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Mqtt.Transports;

/// <summary>An SslStream that remembers which certificates the peer sent beside its own.</summary>
internal sealed class DeviceSslStream(Stream inner) : SslStream(inner, leaveInnerStreamOpen: true)
{
    // Enough for a leaf, its CA and one more; a peer could send many.
    private const int ChainMax = 4;

    public List<byte[]> ClientChain { get; } = [];

    public void Remember(X509Certificate? leaf, X509Chain? chain)
    {
        foreach (var other in chain?.ChainPolicy.ExtraStore ?? [])
        {
            if (ClientChain.Count < ChainMax && !other.Equals(leaf))
                ClientChain.Add(other.RawData);
        }
    }
}
