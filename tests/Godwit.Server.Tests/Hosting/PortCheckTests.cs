using System.Net;
using System.Net.Sockets;
using Godwit.Server.Hosting;

namespace Godwit.Server.Tests.Hosting;

public sealed class PortCheckTests
{
    [Fact]
    public async Task All_ports_that_are_taken_are_told_at_once_by_their_flags()
    {
        using TcpListener api = new(IPAddress.Loopback, 0), https = new(IPAddress.Loopback, 0);
        api.Start();
        https.Start();
        var (apiPort, httpsPort) = (((IPEndPoint)api.LocalEndpoint).Port, ((IPEndPoint)https.LocalEndpoint).Port);
        var refusal = await Assert.ThrowsAsync<StartupException>(() => TestServer.Start(configure: options => options with { ApiPort = apiPort, HttpsPort = httpsPort }));
        Assert.Collection(
            refusal.Mistakes,
            one => Assert.StartsWith($"--api-port {apiPort}: 127.0.0.1 cannot be listened on there (", one, StringComparison.Ordinal),
            one => Assert.StartsWith($"--https-port {httpsPort}: ", one, StringComparison.Ordinal));
        Assert.All(refusal.Mistakes, one => Assert.EndsWith("0 takes a free one.", one, StringComparison.Ordinal));
    }
}
