namespace Godwit.Mqtt;

/// <summary>The last retained message of each topic, bounded in number and bytes.</summary>
internal sealed class Retained(int messagesMax, long bytesMax, bool forWildcards, bool parentMatches)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Message> byTopic = new(StringComparer.Ordinal);
    private long bytes;

    public int Count
    {
        get
        {
            lock (gate)
                return byTopic.Count;
        }
    }

    /// <summary>An empty payload removes [MQTT-3.3.1-6]. False if there is no room: the message is not retained.</summary>
    public bool Set(Message message)
    {
        lock (gate)
        {
            byTopic.TryGetValue(message.Topic, out var old);
            if (message.Payload.IsEmpty)
            {
                if (byTopic.Remove(message.Topic))
                    bytes -= old!.Bytes;
                return true;
            }

            var after = bytes - (old?.Bytes ?? 0) + message.Bytes;
            if (after > bytesMax || (old is null && byTopic.Count >= messagesMax))
                return false;

            bytes = after;
            byTopic[message.Topic] = message;
            return true;
        }
    }

    /// <summary>What a new subscription gets. AWS looks at filters without wildcards only.</summary>
    public List<Message> Matching(string filter, long now)
    {
        List<Message> found = [];
        lock (gate)
        {
            if (!TopicFilter.HasWildcards(filter))
            {
                if (byTopic.TryGetValue(filter, out var exact))
                    found.Add(exact);
            }
            else if (forWildcards)
            {
                foreach (var message in byTopic.Values)
                {
                    if (TopicFilter.Matches(filter, message.Topic, parentMatches))
                        found.Add(message);
                }
            }
        }

        found.RemoveAll(message => message.ExpiresAt <= now);
        return found;
    }

    public void RemoveExpired(long now)
    {
        lock (gate)
        {
            foreach (var message in byTopic.Values)
            {
                if (message.ExpiresAt <= now && byTopic.Remove(message.Topic))
                    bytes -= message.Bytes;
            }
        }
    }
}
