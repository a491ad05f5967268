using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Bench.Connections;

/// <summary>
/// Devices that connect by TLS with a certificate, or plain, subscribe to a topic of their own, say nothing more, and come back at once when their connection ends,
/// as devices do after a restart. So many handshakes are begun at a time as the generator can carry.
/// </summary>
public sealed class DeviceCrowd(int port, IReadOnlyList<X509Certificate2>? identities, int count) : IAsyncDisposable
{
    private const int HandshakesAtOnce = 48;

    /// <summary>One source address has some 28,000 ports; the load is spread over 127.0.0.2 to 127.0.0.9.</summary>
    private const int SourceAddresses = 8;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _turn = new(HandshakesAtOnce);
    private readonly SslStreamCertificateContext[]? _contexts =
        identities?.Select(identity => SslStreamCertificateContext.Create(identity, additionalCertificates: null, offline: true)).ToArray();
    private readonly List<Task> _devices = [];
    private TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connected;
    private int _missing;

    /// <summary>Connects all of them; completes when the last one has its SUBACK.</summary>
    public async Task Connect(CancellationToken ct)
    {
        _missing = count;
        for (var i = 0; i < count; i++)
            _devices.Add(Live(i));
        await _all.Task.WaitAsync(ct);
    }

    /// <summary>Before the server is ended: from now on all are waited for again.</summary>
    public Task AllBack()
    {
        _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _missing, count);
        return _all.Task;
    }

    public int Connected => Volatile.Read(ref _connected);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_devices);
        _stop.Dispose();
        _turn.Dispose();
    }

    private async Task Live(int number)
    {
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await LiveOnce(number);
            }
            catch (Exception gone) when (gone is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
            {
                // The server is away, or the run is over.
            }
            if (!_stop.IsCancellationRequested)
                await Task.Delay(RetryAfter, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LiveOnce(int number)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        Stream stream;
        await _turn.WaitAsync(_stop.Token);
        try
        {
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + (number % SourceAddresses))]), 0));
            await socket.ConnectAsync(IPAddress.Loopback, port, _stop.Token);
            stream = await Handshake(socket, number);
            using var link = new MqttLink(stream, bufferBytes: 256);
            await link.Connect($"device{number:00000}", _stop.Token);
            await link.Subscribe($"idle/{number:00000}/commands", _stop.Token);
        }
        finally
        {
            _turn.Release();
        }

        await using var _ = stream;
        Interlocked.Increment(ref _connected);
        if (Interlocked.Decrement(ref _missing) == 0)
            _all.TrySetResult();
        try
        {
            // A receive without a buffer holds nothing while nothing comes.
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, _stop.Token);
        }
        finally
        {
            Interlocked.Decrement(ref _connected);
        }
    }

    private async Task<Stream> Handshake(Socket socket, int number)
    {
        var plain = new NetworkStream(socket, ownsSocket: false);
        if (_contexts is null)
            return plain;
        var tls = new SslStream(plain, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ClientCertificateContext = _contexts[number % _contexts.Length],
                // The servers are the run's own: the time is spent on what they do.
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
                AllowTlsResume = false,
            },
            _stop.Token);
        return tls;
    }
}
