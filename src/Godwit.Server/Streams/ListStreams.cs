using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Streams;

/// <summary>ListStreams — GET /streams: by time of creation, newest first unless <c>isAscendingOrder</c> says otherwise.</summary>
public sealed class ListStreams(Database database) : IOperation<ListStreams.Request, ListStreams.Response>
{
    public sealed record Request
    {
        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }

        public bool? AscendingOrder { get; init; }
    }

    public sealed record Response(IReadOnlyList<Summary> Streams, string? NextToken);

    public sealed record Summary(string StreamId, string StreamArn, int StreamVersion, string? Description);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var (size, ascending) = (request.MaxResults ?? PageToken.DefaultSize, request.AscendingOrder ?? false);
        // The order is part of the list's name: a token cannot be carried into the other.
        var list = ascending ? "streams ascending" : "streams descending";
        if (!PageToken.TryRead(list, request.NextToken, 2, out var last))
            return PageToken.Invalid;
        (long, string)? after = last[0].Length == 0 ? null : (long.Parse(last[0], CultureInfo.InvariantCulture), last[1]);
        var rows = await database.Read(session => StreamStore.List(session, caller.Account, ascending, after, size + 1), ct);
        var page = PageToken.Page(
            list,
            rows,
            size,
            row => new Summary(row.StreamId, caller.IotArn($"stream/{row.StreamId}"), (int)row.Version, row.Description),
            row => [row.CreatedAtMs.ToString(CultureInfo.InvariantCulture), row.StreamId]);
        return new Response(page.Items, page.NextToken);
    }
}
