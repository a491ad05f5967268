using System.Diagnostics.CodeAnalysis;

namespace Godwit.Server.Tests.Streams;

/// <summary>A device's request, keeping what it is answered.</summary>
internal sealed class FakeTopicRequest : TopicRequest
{
    private readonly TaskCompletionSource? _slow;

    [SetsRequiredMembers]
    public FakeTopicRequest(string rest, ReadOnlyMemory<byte> payload, string thing = "dev7", TaskCompletionSource? slow = null)
    {
        (Caller, Thing, Rest, Payload, _slow) = (TestObjects.Caller, thing, rest, payload, slow);
        Topic = $"$aws/things/{thing}/streams/{rest}";
    }

    public List<(string Topic, byte[] Payload)> Replies { get; } = [];

    /// <summary>Set to only count: a measurement must not see the fake's own garbage.</summary>
    public bool OnlyCounts { get; init; }

    public int Blocks { get; private set; }

    public long BodyBytes { get; private set; }

    public (string Topic, byte[] Payload) Reply() => Assert.Single(Replies);

    public override void Reply(string topic, ReadOnlyMemory<byte> payload) => Replies.Add((topic, payload.ToArray()));

    public override ValueTask ReplyBlock(
        string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct)
    {
        Blocks++;
        BodyBytes += body.Length;
        if (!OnlyCounts)
            Replies.Add((topic, [.. head.Span, .. body.Span, .. tail.Span]));
        lease?.Dispose();
        return _slow is null ? ValueTask.CompletedTask : new ValueTask(_slow.Task);
    }
}
