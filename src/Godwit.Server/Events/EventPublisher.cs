using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Server.Placement;
using Godwit.Server.Storage;

namespace Godwit.Server.Events;

/// <summary>
/// Publishes what has happened under <c>$aws/events/</c>, once the change is on disk, to accounts that asked for it and while somebody listens.
/// A change that is lost tells nothing; one that is kept tells once, unless the process ends between the two.
/// </summary>
public sealed class EventPublisher(IDeviceLink link, IRandomSource random)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="members">Writes the members that come after type, id, time and operation.</param>
    public void Publish(WriteSession session, string account, string type, string resource, string operation, Action<Utf8JsonWriter> members)
    {
        var topic = $"$aws/events/{resource}/{operation}";
        if (IsHeard(session, account, type, topic))
            Send(session, account, topic, type, session.Now.ToUnixTimeSeconds(), operation, members);
    }

    /// <summary>An event of the registry. AWS names its type otherwise than the configuration does, and gives its time in milliseconds.</summary>
    /// <param name="members">Writes the members that come after type, id, time and operation; called only if somebody listens.</param>
    public void PublishOfRegistry(WriteSession session, string account, string type, string topicEnd, string operation, Action<Utf8JsonWriter> members)
    {
        var topic = "$aws/events/" + topicEnd;
        if (IsHeard(session, account, type, topic))
            Send(session, account, topic, type + "_EVENT", session.NowMs, operation, members);
    }

    /// <summary>Whether the account wants any event at all: asked before the work of making some that nobody switched on.</summary>
    public static bool AnyIsOn(WriteSession session, string account) => session.FirstHot(
        "SELECT 1 FROM event_configuration WHERE account = @account AND enabled = 1 LIMIT 1", row => row.GetInt64(0), ("@account", account)) != 0;

    private bool IsHeard(WriteSession session, string account, string type, string topic) => link.HasSubscriber(account, topic) && IsOn(session, account, type);

    private void Send(WriteSession session, string account, string topic, string eventType, long timestamp, string operation, Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("eventType", eventType);
            writer.WriteString("eventId", random.NewUuid());
            writer.WriteNumber("timestamp", timestamp);
            writer.WriteString("operation", operation);
            members(writer);
            writer.WriteEndObject();
        }
        var payload = buffer.WrittenSpan.ToArray();
        session.AfterCommit(() => link.Publish(account, topic, payload, qos: 1));
    }

    private static bool IsOn(WriteSession session, string account, string type) => session.FirstHot(
        "SELECT enabled FROM event_configuration WHERE account = @account AND event_type = @type",
        row => row.GetInt64(0), ("@account", account), ("@type", type)) != 0;
}
