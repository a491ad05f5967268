using System.Threading.Channels;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt.Tests.Harness;

/// <summary>A host that allows everything unless a test says otherwise, and tells what happened in order.</summary>
public sealed class TestHost : IBrokerHost
{
    private readonly Channel<string> events = Channel.CreateUnbounded<string>();

    public delegate PublishHandling PublishHandler(IConnection connection, in IncomingPublish message);

    public Func<ConnectAttempt, ConnectDecision> OnConnect { get; set; } = attempt => ConnectDecision.Accept(state: attempt.ClientId);

    public Func<IConnection, string, PublishVerdict> MayPublish { get; set; } = (_, _) => PublishVerdict.Allow;

    public Func<IConnection, SubscribeFilter, SubscribeVerdict> MaySubscribe { get; set; } = (_, _) => SubscribeVerdict.Granted;

    public Func<IConnection, string, bool> MayReceive { get; set; } = (_, _) => true;

    public PublishHandler Handle { get; set; } = (IConnection _, in IncomingPublish _) => PublishHandling.Ordinary;

    public List<Exception> Faults { get; } = [];

    public ChannelReader<string> Events => events.Reader;

    public async Task<string> Next() => await events.Reader.ReadAsync(new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token);

    /// <summary>Skips events until this one.</summary>
    public async Task Until(string expected)
    {
        var seen = new List<string>();
        try
        {
            do
                seen.Add(await Next());
            while (seen[^1] != expected);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Waited for event '{expected}', saw: {string.Join(", ", seen)}");
        }
    }

    public ValueTask<ConnectDecision> Authenticate(ConnectAttempt attempt, CancellationToken ct) => new(OnConnect(attempt));

    public PublishVerdict AuthorizePublish(IConnection connection, in IncomingPublish message) => MayPublish(connection, message.Topic.Name);

    public bool MayKeepWill(IConnection connection, Will will) => MayPublish(connection, will.Topic) == PublishVerdict.Allow;

    public SubscribeVerdict AuthorizeSubscribe(IConnection connection, in SubscribeFilter filter) => MaySubscribe(connection, filter);

    public bool AuthorizeDelivery(IConnection connection, string topic) => MayReceive(connection, topic);

    public PublishHandling OnPublish(IConnection connection, in IncomingPublish message) => Handle(connection, message);

    public void Connected(IConnection connection) => Tell($"connected {connection.ClientId}");

    public void Disconnected(IConnection connection, DisconnectReason reason) => Tell($"disconnected {connection.ClientId} {reason}");

    public void Subscribed(IConnection connection, IReadOnlyList<string> filters) =>
        Tell($"subscribed {connection.ClientId} {string.Join(' ', filters)}");

    public void Unsubscribed(IConnection connection, IReadOnlyList<string> filters) =>
        Tell($"unsubscribed {connection.ClientId} {string.Join(' ', filters)}");

    public void Faulted(IConnection? connection, Exception error)
    {
        lock (Faults)
            Faults.Add(error);
        Tell($"faulted {error.GetType().Name}");
    }

    private void Tell(string what) => events.Writer.TryWrite(what);
}
