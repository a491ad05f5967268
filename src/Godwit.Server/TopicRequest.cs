using Godwit.Core.Access;

namespace Godwit.Server;

/// <summary>A device's PUBLISH to a reserved topic, already authorised. Replies go to the connection that asked, subscribed or not, exactly once.</summary>
public abstract class TopicRequest
{
    public required Caller Caller { get; init; }

    /// <summary>The thing named in the topic; the connection's policy allowed it.</summary>
    public required string Thing { get; init; }

    /// <summary>The whole topic, for example <c>$aws/things/dev7/jobs/$next/get</c>.</summary>
    public required string Topic { get; init; }

    /// <summary>What stands behind the area's level, for example <c>$next/get</c>.</summary>
    public required string Rest { get; init; }

    /// <summary>Valid until the handler's task completes.</summary>
    public required ReadOnlyMemory<byte> Payload { get; set; }

    /// <summary>Whether the asker subscribes to a topic, for answers that are only sent then.</summary>
    public virtual bool Awaits(string topic) => false;

    /// <summary>Sends a small reply, copied at once; never waits.</summary>
    public abstract void Reply(string topic, ReadOnlyMemory<byte> payload);

    /// <summary>
    /// Sends a reply in three pieces without joining them; waits while the connection's outbox is full.
    /// <paramref name="head"/> and <paramref name="tail"/> are copied. <paramref name="body"/> is referred to until its bytes are written or dropped,
    /// which may be after the returned task has completed: then <paramref name="lease"/> is disposed, once, whatever became of the reply.
    /// </summary>
    public abstract ValueTask ReplyBlock(
        string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct);
}

/// <summary>A slice's part of the device topics: all of <c>$aws/things/{thing}/{Area}/…</c>, or of <c>$aws/{Area}/…</c>.</summary>
public interface ITopicService
{
    /// <summary>For example <c>jobs</c> or <c>streams</c>.</summary>
    string Area { get; }

    /// <summary>The area stands directly under <c>$aws/</c>: its requests name no thing.</summary>
    bool StandsAlone => false;

    /// <summary>The shapes of request topics behind the area's level, for example <c>{jobId}/update</c>; <c>docs/compatibility.md</c>'s test reads them.</summary>
    IReadOnlyList<string> RequestTopics { get; }

    /// <summary>Whether a request may change something that is kept: then a QoS 1 request is acknowledged only after its effect, else at once.</summary>
    bool ChangesState => true;

    /// <summary>Handles one request; requests of one connection come in order, one at a time.</summary>
    Task Handle(TopicRequest request, CancellationToken ct);
}
