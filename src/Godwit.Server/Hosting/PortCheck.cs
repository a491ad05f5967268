using System.Net;
using System.Net.Sockets;

namespace Godwit.Server.Hosting;

/// <summary>Looks at the ports before anything is opened, so that all that are taken are told at once, each by its flag.</summary>
internal static class PortCheck
{
    /// <summary>One sentence for each port that cannot be listened on; a port of 0 always can.</summary>
    public static IReadOnlyList<string> Mistakes(ServerOptions options)
    {
        var address = IPAddress.Parse(options.Listen);
        (string Flag, IPAddress Address, int Port)[] ports =
            [("--api-port", address, options.ApiPort), ("--mqtt-port", address, options.MqttPort), ("--https-port", address, options.HttpsPort), ("--mqtt-plain-port", IPAddress.Loopback, options.MqttPlainPort ?? 0)];
        return
        [
            .. from port in ports
               where port.Port != 0
               let cause = Refused(port.Address, port.Port)
               where cause is not null
               select $"{port.Flag} {port.Port}: {port.Address} cannot be listened on there ({cause}). Stop what uses the port, or name another; 0 takes a free one.",
        ];
    }

    private static string? Refused(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return null;
        }
        catch (SocketException failure)
        {
            return failure.Message;
        }
    }
}
