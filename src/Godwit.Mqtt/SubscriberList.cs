using System.Runtime.InteropServices;

namespace Godwit.Mqtt;

/// <summary>
/// The subscriptions at one place of the tree. Of each shared
/// group one member gets the message, in turn.
/// </summary>
internal sealed class SubscriberList
{
    private readonly List<Subscription> plain = new(1);
    private Dictionary<string, SharedGroup>? groups;

    public bool IsEmpty => plain.Count == 0 && groups is null;

    public void Add(Subscription subscription)
    {
        if (subscription.ShareName is not { } name)
        {
            Append(plain, subscription);
            return;
        }

        groups ??= [];
        ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(groups, name, out _);
        group ??= new SharedGroup();
        Append(group.Members, subscription);
    }

    public void Remove(Subscription subscription)
    {
        if (subscription.ShareName is not { } name)
        {
            SwapOut(plain, subscription);
            return;
        }

        if (groups is null || !groups.TryGetValue(name, out var group))
            return;

        SwapOut(group.Members, subscription);
        if (group.Members.Count == 0)
            groups.Remove(name);
        if (groups.Count == 0)
            groups = null;
    }

    public void AddTo(List<Subscription> matches)
    {
        matches.AddRange(CollectionsMarshal.AsSpan(plain));
        if (groups is null)
            return;

        foreach (var group in groups.Values)
            matches.Add(group.Next());
    }

    private static void Append(List<Subscription> list, Subscription subscription)
    {
        subscription.Slot = list.Count;
        list.Add(subscription);
    }

    private static void SwapOut(List<Subscription> list, Subscription subscription)
    {
        var slot = subscription.Slot;
        if (slot >= list.Count || list[slot] != subscription)
            return;

        var last = list[^1];
        list[slot] = last;
        last.Slot = slot;
        list.RemoveAt(list.Count - 1);
    }

    private sealed class SharedGroup
    {
        private int turn;

        public List<Subscription> Members { get; } = [];

        /// <summary>The next member that is connected, or just the next if none is.</summary>
        public Subscription Next()
        {
            var start = (uint)Interlocked.Increment(ref turn);
            for (var i = 0; i < Members.Count; i++)
            {
                var member = Members[(int)((start + i) % (uint)Members.Count)];
                if (member.Session.IsConnected)
                    return member;
            }

            return Members[(int)(start % (uint)Members.Count)];
        }
    }
}
