using System.Diagnostics.Metrics;
using Godwit.Mqtt;

namespace Godwit.Server.Mqtt;

/// <summary>The broker's figures as instruments; they are read when somebody asks.</summary>
internal sealed class BrokerMetrics : IDisposable
{
    public const string MeterName = "Godwit.Mqtt";

    private readonly Meter _meter = new(MeterName);

    public BrokerMetrics(Broker broker)
    {
        Gauge("godwit.mqtt.connections", "{connection}", "Devices connected", count => count.Connected);
        Gauge("godwit.mqtt.sockets", "{socket}", "Sockets open, connected or not yet", count => count.SocketsOpen);
        Gauge("godwit.mqtt.sessions", "{session}", "Sessions, with a connection or without", count => count.Sessions);
        Gauge("godwit.mqtt.subscriptions", "{subscription}", "Subscriptions", count => count.Subscriptions);
        Gauge("godwit.mqtt.retained", "{message}", "Messages kept for new subscribers", count => count.Retained);
        Sum("godwit.mqtt.connects.accepted", "{connect}", "Connections that were let in", count => count.ConnectionsAccepted);
        Sum("godwit.mqtt.connects.refused", "{connect}", "Connections that were refused", count => count.ConnectionsRefused);
        Sum("godwit.mqtt.handshakes.failed", "{handshake}", "TLS handshakes that failed", count => count.HandshakesFailed);
        Sum("godwit.mqtt.publishes.in", "{message}", "Messages from devices", count => count.PublishesIn);
        Sum("godwit.mqtt.publishes.out", "{message}", "Messages to devices", count => count.PublishesOut);
        Sum("godwit.mqtt.received", "By", "Bytes from devices", count => count.BytesIn);
        Sum("godwit.mqtt.sent", "By", "Bytes to devices", count => count.BytesOut);
        Sum("godwit.mqtt.drops", "{message}", "Messages dropped because an outbox or a queue was full", count => count.Drops);
        Sum("godwit.mqtt.throttled", "{packet}", "Packets over the rate limits", count => count.Throttled);

        void Gauge(string name, string unit, string help, Func<BrokerCounters, long> value) => _meter.CreateObservableGauge(name, () => value(broker.Count()), unit, help);
        void Sum(string name, string unit, string help, Func<BrokerCounters, long> value) => _meter.CreateObservableCounter(name, () => value(broker.Count()), unit, help);
    }

    public void Dispose() => _meter.Dispose();
}
