using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Godwit.Bench.Measuring;

namespace Godwit.Bench.Blocks;

/// <summary>
/// One connection of the generator: request after request, the next only when the answer to the last is whole (window 1). The bytes of its first answers
/// are compared with the image; after that only their lengths count.
/// </summary>
public abstract class BlockClient(Stream stream, BlockShape shape, byte[] image) : IDisposable
{
    private const int ComparedRequests = 8;

    private readonly LatencyHistogram _latencies = new();
    private long _blocks;
    private volatile bool _forget;

    public long Blocks => Volatile.Read(ref _blocks);

    public LatencyHistogram Latencies => _latencies;

    protected Stream Stream => stream;

    protected BlockShape Shape => shape;

    protected ReadOnlySpan<byte> Image => image;

    /// <summary>Opens TCP, and TLS where there is an identity.</summary>
    public static async Task<Stream> Open(int port, X509Certificate2? identity, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, ct);
        var stream = new NetworkStream(socket, ownsSocket: true);
        if (identity is null)
            return stream;
        var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = SslProtocols.Tls13,
            ClientCertificateContext = SslStreamCertificateContext.Create(identity, null, offline: true),
            // The server is a child of this process: who it is needs no proof here.
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        }, ct);
        return tls;
    }

    /// <summary>Fetches until it is told to stop, starting at its own place in the image.</summary>
    public async Task Run(int start, Func<bool> go)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var requests = image.Length / shape.RequestBytes;
        for (var i = 0; go(); i++)
        {
            var began = Stopwatch.GetTimestamp();
            await Fetch((start + i) % requests * shape.BlocksPerRequest, compare: i < ComparedRequests).ConfigureAwait(false);
            if (_forget)
                ForgetNow();
            _latencies.Record(Stopwatch.GetTimestamp() - began);
            Volatile.Write(ref _blocks, _blocks + shape.BlocksPerRequest);
        }
    }

    /// <summary>Latencies from now on count.</summary>
    public void Forget() => _forget = true;

    public virtual void Dispose() => stream.Dispose();

    /// <summary>One request and all of its answer.</summary>
    protected abstract ValueTask Fetch(int firstBlock, bool compare);

    /// <exception cref="InvalidDataException">The server sent other bytes than the image has.</exception>
    protected void Compare(ReadOnlySpan<byte> got, int offset)
    {
        if (!got.SequenceEqual(image.AsSpan(offset, got.Length)))
            throw new InvalidDataException($"{GetType().Name}: the bytes at {offset} are not the image's.");
    }

    private void ForgetNow()
    {
        _latencies.Clear();
        _forget = false;
    }
}
