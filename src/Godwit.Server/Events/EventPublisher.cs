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
        if (!link.HasSubscriber(account, topic) || !IsOn(session, account, type))
            return;
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("eventType", type);
            writer.WriteString("eventId", random.NewUuid());
            writer.WriteNumber("timestamp", session.Now.ToUnixTimeSeconds());
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
