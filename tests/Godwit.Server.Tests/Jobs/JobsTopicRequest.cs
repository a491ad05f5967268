using System.Diagnostics.CodeAnalysis;
using System.Text;
using Godwit.Core.Access;

namespace Godwit.Server.Tests.Jobs;

/// <summary>A device's message on a jobs topic, keeping what it is answered.</summary>
internal sealed class JobsTopicRequest : TopicRequest
{
    private readonly Action<string> _replied;

    [SetsRequiredMembers]
    public JobsTopicRequest(Caller caller, string thing, string rest, byte[] payload, Action<string> replied)
    {
        (Caller, Thing, Rest, Payload, _replied) = (caller, thing, rest, payload, replied);
        Topic = $"$aws/things/{thing}/jobs/{rest}";
    }

    public List<(string Topic, string Payload)> Replies { get; } = [];

    public override void Reply(string topic, ReadOnlyMemory<byte> payload)
    {
        Replies.Add((topic[$"$aws/things/{Thing}/jobs/".Length..], Encoding.UTF8.GetString(payload.Span)));
        _replied(topic);
    }

    public override ValueTask ReplyBlock(
        string topic, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte> tail, IDisposable? lease, CancellationToken ct) =>
        throw new NotSupportedException();
}
