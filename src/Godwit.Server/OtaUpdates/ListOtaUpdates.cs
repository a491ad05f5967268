using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.OtaUpdates;

/// <summary>ListOTAUpdates — GET /otaUpdates: newest first, of one status if it is given.</summary>
public sealed class ListOtaUpdates(Database database) : IOperation<ListOtaUpdates.Request, ListOtaUpdates.Response>
{
    public sealed record Request
    {
        public int? MaxResults { get; init; }

        public string? NextToken { get; init; }

        public string? OtaUpdateStatus { get; init; }
    }

    public sealed record Response(IReadOnlyList<Summary> OtaUpdates, string? NextToken);

    public sealed record Summary(string OtaUpdateId, string OtaUpdateArn, DateTimeOffset CreationDate);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var size = request.MaxResults ?? PageToken.DefaultSize;
        if (!PageToken.TryRead("otaUpdates", request.NextToken, 2, out var last))
            return PageToken.Invalid;
        (long, string)? before = last[0].Length == 0 ? null : (long.Parse(last[0], CultureInfo.InvariantCulture), last[1]);
        var rows = await database.Read(session => OtaUpdateStore.List(session, caller.Account, request.OtaUpdateStatus, before, size + 1), ct);
        var page = PageToken.Page("otaUpdates", rows, size, row => Summarize(caller, row), row => [row.CreatedAtMs.ToString(CultureInfo.InvariantCulture), row.OtaUpdateId]);
        return new Response(page.Items, page.NextToken);
    }

    private static Summary Summarize(Caller caller, OtaUpdateRow row) => new(
        row.OtaUpdateId,
        caller.IotArn(OtaUpdateStore.Resource(row.OtaUpdateId)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs));
}
