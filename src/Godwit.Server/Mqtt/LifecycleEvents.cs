using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Core.Access;
using Godwit.Mqtt;
using Godwit.Mqtt.Packets;

namespace Godwit.Server.Mqtt;

/// <summary>
/// Tells under <c>$aws/events/presence/</c> and <c>$aws/events/subscriptions/</c> who came, left and subscribed (AWS: lifecycle events). Always on; nothing is
/// built where nobody listens.
/// </summary>
internal sealed class LifecycleEvents(LocalDeviceLink link, TimeProvider time, IRandomSource random)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly long _process = NewProcess(random);

    public void Connected(IConnection connection, Device device) => Tell(connection.Domain, connection.ClientId, "presence/connected", "connected", device.Caller, writer =>
    {
        writer.WriteString("sessionIdentifier", SessionOf(connection));
        WritePrincipal(writer, device.Caller);
        if (device.Facts.SourceIp is { } address)
            writer.WriteString("ipAddress", address);
        writer.WriteNumber("versionNumber", device.Version);
        WriteThing(writer, device);
    });

    public void Disconnected(IConnection connection, Device device, string reason) =>
        Tell(connection.Domain, connection.ClientId, "presence/disconnected", "disconnected", device.Caller, writer =>
        {
            writer.WriteBoolean("clientInitiatedDisconnect", reason == DisconnectWords.ClientInitiated);
            writer.WriteString("sessionIdentifier", SessionOf(connection));
            WritePrincipal(writer, device.Caller);
            writer.WriteString("disconnectReason", reason);
            writer.WriteNumber("versionNumber", device.Version);
            WriteThing(writer, device);
        });

    /// <summary>A registered principal that may not connect, or may not leave its will.</summary>
    public void ConnectFailed(string clientId, Caller caller, string? address) => Tell(caller.Account, clientId, "presence/connect_failed", "connect_failed", caller, writer =>
    {
        WritePrincipal(writer, caller);
        if (address is not null)
            writer.WriteString("ipAddress", address);
        writer.WriteString("connectFailureReason", "AUTHORIZATION_FAILED");
    });

    public void Subscribed(IConnection connection, Device device, IReadOnlyList<string> filters) => Topics(connection, device, "subscribed", filters);

    public void Unsubscribed(IConnection connection, Device device, IReadOnlyList<string> filters) => Topics(connection, device, "unsubscribed", filters);

    private void Topics(IConnection connection, Device device, string type, IReadOnlyList<string> filters) =>
        Tell(connection.Domain, connection.ClientId, $"subscriptions/{type}", type, device.Caller, writer =>
        {
            writer.WriteString("sessionIdentifier", SessionOf(connection));
            WritePrincipal(writer, device.Caller);
            writer.WriteStartArray("topics");
            foreach (var filter in filters)
                writer.WriteStringValue(filter);
            writer.WriteEndArray();
        });

    private void Tell(string account, string clientId, string area, string type, Caller caller, Action<Utf8JsonWriter> members)
    {
        // AWS: ids with a wildcard in them get no events, as their topics could not be published on.
        if (TopicFilter.HasWildcards(clientId) || link.Broker is not { } broker)
            return;
        var topic = $"$aws/events/{area}/{clientId}";
        if (!broker.HasSubscriber(topic, account))
            return;
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("clientId", clientId);
            writer.WriteNumber("timestamp", time.GetUtcNow().ToUnixTimeMilliseconds());
            writer.WriteString("eventType", type);
            members(writer);
            writer.WriteEndObject();
        }
        broker.Publish(topic, buffer.WrittenSpan.ToArray(), QoS.AtLeastOnce, retain: false, domain: account);
    }

    private static void WritePrincipal(Utf8JsonWriter writer, Caller caller) =>
        writer.WriteString("principalIdentifier", caller.CertificateId ?? (caller.AccessKeyId.Length > 0 ? caller.AccessKeyId : "anonymous"));

    /// <summary>AWS: only a certificate that stands for one thing exclusively says which.</summary>
    private static void WriteThing(Utf8JsonWriter writer, Device device)
    {
        if (device.ExclusiveThing is { } thing)
            writer.WriteString("thingName", thing);
    }

    /// <summary>The same for all events of one connection, and never again for another.</summary>
    private string SessionOf(IConnection connection)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, _process);
        BinaryPrimitives.WriteInt64BigEndian(id[8..], connection.Id);
        return Convert.ToHexStringLower(id);
    }

    private static long NewProcess(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return BinaryPrimitives.ReadInt64BigEndian(bytes);
    }
}
