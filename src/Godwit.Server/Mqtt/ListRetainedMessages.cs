using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Mqtt;

/// <summary>ListRetainedMessages — GET /retainedMessage, in the order of their topics.</summary>
internal sealed class ListRetainedMessages(LocalDeviceLink link, Database database, TimeProvider time)
    : IOperation<ListRetainedMessages.Request, ListRetainedMessages.Response>
{
    /// <summary>The most that AWS allows here.</summary>
    private const int PageMax = 200;

    public sealed record Request
    {
        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }
    }

    public sealed record Response(IReadOnlyList<Summary> RetainedTopics, string? NextToken);

    /// <param name="LastModifiedTime">Milliseconds of the epoch.</param>
    public sealed record Summary(string Topic, long PayloadSize, int Qos, long LastModifiedTime);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (link.Broker is not { } broker)
            return Errors.ServiceUnavailable("The device door is not open yet. Send the request again.");
        if (!PageToken.TryRead(nameof(ListRetainedMessages), request.NextToken, 1, out var after))
            return PageToken.Invalid;
        var size = request.MaxResults ?? PageMax;
        var messages = broker.AllRetained(caller.Account)
            .Where(message => string.CompareOrdinal(message.Topic, after[0]) > 0)
            .OrderBy(message => message.Topic, StringComparer.Ordinal).Take(size + 1).ToList();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var keptAt = messages.Count == 0 ? [] : await database.Read(session => KeptAt(session, caller.Account, messages[0].Topic, messages[^1].Topic), ct);
        var page = PageToken.Page(
            nameof(ListRetainedMessages), messages, size,
            message => new Summary(message.Topic, message.Payload.Length, (int)message.QoS, keptAt.GetValueOrDefault(message.Topic, now)),
            message => [message.Topic]);
        return new Response(page.Items, page.NextToken);
    }

    private static Dictionary<string, long> KeptAt(ReadSession session, string account, string first, string last) => session.Query<(string Topic, long At)>(
        "SELECT topic, published_at_ms FROM mqtt_retained WHERE account = @account AND topic >= @first AND topic <= @last", new { account, first, last })
        .ToDictionary(row => row.Topic, row => row.At);
}
