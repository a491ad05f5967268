using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Server.Tests.Metrics;

public sealed class OtlpTests
{
    [Fact]
    public async Task Traces_and_metrics_arrive_at_the_collector_that_is_named()
    {
        using var collector = new Collector();
        await using (var server = await TestServer.Start(configure: options => options with { OtlpEndpoint = collector.Address }))
        {
            using var client = server.Client("iot");
            Assert.Equal(200, (await client.Send("POST", "/things/a", "{}")).Status);
        }
        // What was gathered is sent when the service ends, at the latest.
        Assert.Contains("iot.CreateThing", collector.Got("/v1/traces"), StringComparison.Ordinal);
        Assert.Contains("godwit.http.request.duration", collector.Got("/v1/metrics"), StringComparison.Ordinal);
        Assert.Contains("service.name", collector.Got("/v1/metrics"), StringComparison.Ordinal);
    }

    /// <summary>Takes whatever is posted to it.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly ConcurrentDictionary<string, StringBuilder> _got = new();

        public Collector()
        {
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
            }
            _listener.Prefixes.Add(Address + "/");
            _listener.Start();
            _ = Serve();
        }

        public string Address { get; }

        public string Got(string path) => _got.TryGetValue(path, out var text) ? text.ToString() : "";

        public void Dispose() => _listener.Close();

        private async Task Serve()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var reader = new StreamReader(context.Request.InputStream, Encoding.Latin1);
                    _got.GetOrAdd(context.Request.Url!.AbsolutePath, _ => new StringBuilder()).Append(await reader.ReadToEndAsync());
                    context.Response.Close();
                }
            }
            catch (Exception over) when (over is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
