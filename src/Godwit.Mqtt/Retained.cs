namespace Godwit.Mqtt;

/// <summary>The last retained message of each topic, bounded in number and bytes.</summary>
internal sealed class Retained(
    string domain, int messagesMax, long bytesMax, bool forWildcards, bool parentMatches, ISessionJournal? journal, BrokerClock clock)
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

    /// <summary>An empty payload removes [MQTT-3.3.1-6], of 3.1.1 [MQTT-3.3.1-10]. False if there is no room: the message is not retained.</summary>
    public bool Set(Message message)
    {
        lock (gate)
        {
            byTopic.TryGetValue(message.Topic, out var old);
            if (message.Payload.IsEmpty)
            {
                Remove(old);
                return true;
            }

            var after = bytes - (old?.Bytes ?? 0) + message.Bytes;
            if (after > bytesMax || (old is null && byTopic.Count >= messagesMax))
            {
                Remove(old); // It is replaced, be it by nothing: what is out of date helps nobody [MQTT-3.3.1-5].
                return false;
            }

            bytes = after;
            byTopic[message.Topic] = message;
            journal?.Retained(domain, message.Kept(clock));
            return true;
        }
    }

    private void Remove(Message? old)
    {
        if (old is null)
            return;
        byTopic.Remove(old.Topic);
        bytes -= old.Bytes;
        journal?.Forgotten(domain, old.Topic);
    }

    /// <summary>As <see cref="Set"/>, of what the journal knows.</summary>
    public void Restore(Message message)
    {
        lock (gate)
        {
            byTopic[message.Topic] = message;
            bytes += message.Bytes;
        }
    }

    public Message? Find(string topic, long now)
    {
        lock (gate)
            return byTopic.GetValueOrDefault(topic) is { } message && message.ExpiresAt > now ? message : null;
    }

    public IReadOnlyList<Message> All(long now)
    {
        lock (gate)
            return [.. byTopic.Values.Where(message => message.ExpiresAt > now)];
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
                if (message.ExpiresAt > now || !byTopic.Remove(message.Topic))
                    continue;
                bytes -= message.Bytes;
                journal?.Forgotten(domain, message.Topic);
            }
        }
    }
}
