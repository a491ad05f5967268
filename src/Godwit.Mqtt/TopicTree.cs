namespace Godwit.Mqtt;

/// <summary>
/// Subscriptions by level. Matching walks down the topic's levels, so its cost depends on the filters that could match and not
/// on how many sessions there are; a node is visited at most once per match, however wildcards cross.
/// </summary>
internal sealed class TopicTree(bool parentMatches)
{
    private readonly ReaderWriterLockSlim gate = new();
    private readonly Node root = new();
    private int count;

    public int Count => Volatile.Read(ref count);

    public void Add(Subscription subscription)
    {
        gate.EnterWriteLock();
        try
        {
            var node = root;
            foreach (var level in subscription.Inner.AsSpan().Split('/'))
                node = node.ChildOrNew(subscription.Inner.AsSpan()[level]);
            (node.Subscribers ??= new SubscriberList()).Add(subscription);
            count++;
        }
        finally
        {
            gate.ExitWriteLock();
        }
    }

    public void Remove(Subscription subscription)
    {
        gate.EnterWriteLock();
        try
        {
            Remove(root, subscription.Inner, subscription);
            count--;
        }
        finally
        {
            gate.ExitWriteLock();
        }
    }

    /// <summary>Adds every subscription that matches; a session with overlapping filters is there more than once.</summary>
    public void Match(ReadOnlySpan<char> topic, List<Subscription> matches)
    {
        gate.EnterReadLock();
        try
        {
            // A leading wildcard does not match topics that begin with $ [MQTT-4.7.2-1].
            Match(root, topic, wildcards: topic is not ['$', ..], matches);
        }
        finally
        {
            gate.ExitReadLock();
        }
    }

    private void Match(Node node, ReadOnlySpan<char> topic, bool wildcards, List<Subscription> matches)
    {
        if (wildcards)
            node.Child("#")?.Subscribers?.AddTo(matches);

        var slash = topic.IndexOf('/');
        var level = slash < 0 ? topic : topic[..slash];

        // A level named like a wildcard cannot stand in a topic, so these two never meet.
        Follow(node.Child(level), slash, topic, matches);
        if (wildcards)
            Follow(node.Child("+"), slash, topic, matches);
    }

    private void Follow(Node? child, int slash, ReadOnlySpan<char> topic, List<Subscription> matches)
    {
        if (child is null)
            return;

        if (slash >= 0)
        {
            Match(child, topic[(slash + 1)..], wildcards: true, matches);
            return;
        }

        child.Subscribers?.AddTo(matches);
        if (parentMatches)
            child.Child("#")?.Subscribers?.AddTo(matches); // [MQTT-4.7.1-2]; AWS leaves it out.
    }

    /// <summary>True if nothing is left at or under the node.</summary>
    private static bool Remove(Node node, ReadOnlySpan<char> filter, Subscription subscription)
    {
        var slash = filter.IndexOf('/');
        var level = slash < 0 ? filter : filter[..slash];
        if (node.Child(level) is not { } child)
            return false;

        if (slash >= 0)
        {
            if (Remove(child, filter[(slash + 1)..], subscription))
                node.RemoveChild(level);
        }
        else
        {
            child.Subscribers?.Remove(subscription);
            if (child.Subscribers is { IsEmpty: true })
                child.Subscribers = null;
            if (child.IsEmpty)
                node.RemoveChild(level);
        }

        return node.IsEmpty;
    }

    /// <summary>One level. Chains with a single child are the rule (a thing's own topics), so the first needs no dictionary.</summary>
    private sealed class Node
    {
        private string? onlyLevel;
        private Node? only;
        private Dictionary<string, Node>? many;

        public SubscriberList? Subscribers { get; set; }

        public bool IsEmpty => Subscribers is null && only is null && many is null;

        public Node? Child(ReadOnlySpan<char> level)
        {
            if (only is not null)
                return level.SequenceEqual(onlyLevel) ? only : null;
            return many is not null && many.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(level, out var child) ? child : null;
        }

        public Node ChildOrNew(ReadOnlySpan<char> level)
        {
            if (Child(level) is { } known)
                return known;

            var child = new Node();
            if (only is null && many is null)
            {
                (onlyLevel, only) = (level.ToString(), child);
                return child;
            }

            many ??= new Dictionary<string, Node>(StringComparer.Ordinal) { [onlyLevel!] = only! };
            (onlyLevel, only) = (null, null);
            many[level.ToString()] = child;
            return child;
        }

        public void RemoveChild(ReadOnlySpan<char> level)
        {
            (onlyLevel, only) = (null, null);
            if (many is null)
                return;

            many.GetAlternateLookup<ReadOnlySpan<char>>().Remove(level);
            if (many.Count == 0)
                many = null;
        }
    }
}
