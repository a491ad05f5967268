using System.Net;
using System.Net.Sockets;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A21: no address in a request makes the service call out.</summary>
public sealed class OutboundTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task A21_no_request_makes_the_service_connect_anywhere()
    {
        using var trap = new TcpListener(IPAddress.Loopback, 0);
        trap.Start();
        var port = ((IPEndPoint)trap.LocalEndpoint).Port;
        using var iot = _server.Client("iot");
        await iot.Send("POST", "/things/dev7", "{}");
        foreach (var host in (string[])[$"http://127.0.0.1:{port}", $"http://localhost:{port}", $"http://[::1]:{port}", $"http://0x7f000001:{port}", $"https://127.0.0.1:{port}", "http://169.254.169.254", "http://metadata.google.internal"])
        {
            var source = $"{host}/latest/meta-data";
            var answers = new[]
            {
                await iot.Send("PUT", $"/jobs/j-{Math.Abs(host.GetHashCode(StringComparison.Ordinal))}", $$"""{"targets":["arn:aws:iot:us-east-1:000000000000:thing/dev7"],"documentSource":"{{source}}"}"""),
                await iot.Send("PUT", "/job-templates/t1", $$"""{"description":"d","documentSource":"{{source}}"}"""),
                await iot.Send("POST", "/streams/s1", $$"""{"roleArn":"{{source}}aaaaaaaaaaaaaaaaaaaa","files":[{"fileId":0,"s3Location":{"bucket":"{{source}}","key":"k"} }]}"""),
                await iot.Send("POST", "/otaUpdates/u1", $$"""{"targets":["{{source}}"],"roleArn":"arn:aws:iam::000000000000:role/ota","files":[{"fileName":"a","fileLocation":{"s3Location":{"bucket":"b","key":"k"} } }]}"""),
            };
            Assert.All(answers, answer => Assert.InRange(answer.Status, 400, 499));
        }

        Assert.False(trap.Pending());
    }
}
