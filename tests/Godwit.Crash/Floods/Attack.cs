using System.Net.Security;

namespace Godwit.Crash.Floods;

/// <summary>One way to be a nuisance; <see cref="Attacker"/> does it in a process of its own.</summary>
/// <param name="Crowd">Sockets that begin something and do not finish it; otherwise a few connections that never stop asking.</param>
/// <param name="ClosedSoon">The service promises to close such sockets within seconds.</param>
public sealed record Attack(string Name, bool Crowd, bool ClosedSoon, Func<Attacker, CancellationToken, Task> Run)
{
    /// <summary>A17, F10: what comes before anybody knows who it is. A12, A13, A16, A18: what comes with certificates, good and bad.</summary>
    public static IReadOnlyList<Attack> All { get; } =
    [
        Unfinished("nothing after TCP", closedSoon: true, a => a.MqttPort, ""),
        Unfinished("one byte of a TLS record", closedSoon: true, a => a.MqttPort, "16"),
        Unfinished("half a TLS hello", closedSoon: true, a => a.MqttPort, "16030100F8010000F40303"),
        new("a TLS hello and no more", true, true, (a, ct) => a.Dial(a.MqttPort, Hello(), ct)),
        Unfinished("a CONNECT without TLS", closedSoon: true, a => a.MqttPort, "10BF3E00044D5154540402003C1F3000"),
        Unfinished("half a TLS hello, HTTPS", closedSoon: true, a => a.HttpsPort, "16030100F8010000F40303"),
        Unfinished("half a request line", closedSoon: false, a => a.ApiPort, "47455420"),
        Unfinished("half a header", closedSoon: false, a => a.ApiPort, "474554202F7468696E677320485454502F312E310D0A486F73743A206C6F63"),
        // POST /things/x HTTP/1.1, Host: l, Content-Length: 9999, and one byte of that.
        Unfinished("a body that does not come", closedSoon: false, a => a.ApiPort, "504F5354202F7468696E67732F7820485454502F312E310D0A486F73743A206C0D0A436F6E74656E742D4C656E6774683A20393939390D0A0D0A7B"),
        new("strangers' certificates", false, false, (a, ct) => a.ConnectAsStranger(ct)),
        new("a fight for a client id", false, false, (a, ct) => a.FightForAnId(ct)),
        new("a flood of publishes", false, false, (a, ct) => a.FloodWithPublishes("flood", ct)),
        new("requests and no reading", false, false, (a, ct) => a.FloodWithPublishes("$aws/things/attacker/jobs/get", ct)),
        new("subscriptions come and go", false, false, (a, ct) => a.Subscribe(ct)),
    ];

    private static Attack Unfinished(string name, bool closedSoon, Func<Attacker, int> port, string hex) =>
        new(name, Crowd: true, closedSoon, (attacker, ct) => attacker.Dial(port(attacker), Convert.FromHexString(hex), ct));

    /// <summary>The first words of the runtime's own TLS client, to which nobody answers.</summary>
    private static byte[] Hello()
    {
        using var wire = new MemoryStream();
        using var tls = new SslStream(wire);
        try
        {
            tls.AuthenticateAsClient("localhost");
        }
        catch (Exception end) when (end is IOException or System.Security.Authentication.AuthenticationException)
        {
            // It reads behind what it wrote, where nothing is.
        }

        return wire.ToArray();
    }
}
