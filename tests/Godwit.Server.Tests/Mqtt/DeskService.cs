using System.Threading.Channels;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>
/// A service in the manner of jobs and streams: <c>{id}/get</c> answers what it was asked on <c>…/accepted</c>, <c>{id}/blocks</c> answers the payload's
/// number of blocks on <c>…/data</c>, <c>{id}/hold</c> is answered when a test says so, <c>{id}/fail</c> has a bug.
/// </summary>
public sealed class DeskService : ITopicService
{
    public const int BlockBytes = 16 * 1024;

    private static readonly byte[] Block = [.. Enumerable.Range(0, BlockBytes).Select(i => (byte)(i * 31))];

    private readonly Channel<string> _held = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Area => "desk";

    public IReadOnlyList<string> RequestTopics => ["get", "{id}/get", "{id}/blocks", "{id}/hold", "{id}/fail"];

    private readonly Channel<int> _idle = Channel.CreateUnbounded<int>();
    private int _open;

    /// <summary>The accounts that requests came from, in their order.</summary>
    public List<string> Accounts { get; } = [];

    /// <summary>Waits until a request to hold has arrived.</summary>
    public async Task Held() => await _held.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public void Release() => _release.TrySetResult();

    /// <summary>Waits until no request is being handled and no lease is out.</summary>
    public async Task Idle()
    {
        while (Volatile.Read(ref _open) > 0)
            await _idle.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }

    public async Task Handle(TopicRequest request, CancellationToken ct)
    {
        using var running = new Lease(this);
        await Answer(request, ct);
    }

    private async Task Answer(TopicRequest request, CancellationToken ct)
    {
        lock (Accounts)
            Accounts.Add(request.Caller.Account);
        switch (request.Rest.Split('/')[^1])
        {
            case "get":
                request.Reply(request.Topic + "/accepted", request.Payload);
                break;
            case "blocks":
                for (var i = int.Parse(System.Text.Encoding.ASCII.GetString(request.Payload.Span)); i > 0; i--)
                    await request.ReplyBlock(request.Topic + "/data", new[] { (byte)i }, Block, "end"u8.ToArray(), new Lease(this), ct);
                break;
            case "hold":
                _held.Writer.TryWrite(request.Topic);
                await _release.Task.WaitAsync(ct);
                break;
            default:
                throw new InvalidOperationException("a bug");
        }
    }

    private sealed class Lease : IDisposable
    {
        private readonly DeskService _desk;

        public Lease(DeskService desk)
        {
            _desk = desk;
            Interlocked.Increment(ref desk._open);
        }

        public void Dispose()
        {
            if (Interlocked.Decrement(ref _desk._open) == 0)
                _desk._idle.Writer.TryWrite(0);
        }
    }
}
