using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Journal;

/// <summary>GetJournal — GET /godwit/journal?thing=…|job=…: every change of a device or a job, the oldest first.</summary>
public sealed class GetJournal(Database database)
{
    public const int PageMax = 1000;

    /// <summary>One of the two is given, or both.</summary>
    public sealed record Request(string? Thing, string? Job, int? MaxResults, string? NextToken);

    public sealed record Response
    {
        public required IReadOnlyList<Record> Records { get; init; }

        public string? NextToken { get; init; }
    }

    /// <summary>A record of the journal; <see cref="Hash"/> is in hexadecimal digits and covers the record before.</summary>
    public sealed record Record
    {
        public required long Seq { get; init; }

        public required DateTimeOffset At { get; init; }

        public required string Who { get; init; }

        public required string Kind { get; init; }

        public required string Subject { get; init; }

        public string? From { get; init; }

        public string? To { get; init; }

        public string? Why { get; init; }

        public string? Thing { get; init; }

        public string? Job { get; init; }

        public required string Hash { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read(session => List(session, caller.Account, request), ct);

    private static Result<Response> List(ReadSession session, string account, Request request)
    {
        if (request is { Thing: null, Job: null })
            return Errors.InvalidRequest("The journal is read by thing or by job, and neither is named. Ask for /godwit/journal?thing=NAME or ?job=ID.");
        if (request.MaxResults is < 1 or > PageMax)
            return Errors.InvalidRequest($"maxResults is {request.MaxResults} and must be from 1 to {PageMax}.");
        if (!PageToken.TryRead(nameof(GetJournal), request.NextToken, 1, out var after))
            return PageToken.Invalid;
        var size = request.MaxResults ?? 100;
        var where = (request.Thing is null ? "" : " AND thing = @Thing") + (request.Job is null ? "" : " AND job = @Job");
        var rows = session.Query<Row>(
            $"SELECT seq, at_ms, who, kind, subject, state_from, state_to, why, thing, job, hash FROM journal WHERE account = @account AND seq > @after{where} ORDER BY seq LIMIT @limit",
            new { account, request.Thing, request.Job, after = after[0].Length > 0 ? long.Parse(after[0]) : 0, limit = size + 1 });
        var page = PageToken.Page(nameof(GetJournal), rows, size, Of, row => [$"{row.Seq}"]);
        return new Response { Records = page.Items, NextToken = page.NextToken };
    }

    private static Record Of(Row row) => new()
    {
        Seq = row.Seq,
        At = DateTimeOffset.FromUnixTimeMilliseconds(row.AtMs),
        Who = row.Who,
        Kind = row.Kind,
        Subject = row.Subject,
        From = row.StateFrom,
        To = row.StateTo,
        Why = row.Why,
        Thing = row.Thing,
        Job = row.Job,
        Hash = Convert.ToHexStringLower(row.Hash),
    };

    private sealed record Row
    {
        public long Seq { get; init; }

        public long AtMs { get; init; }

        public string Who { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Subject { get; init; } = "";

        public string? StateFrom { get; init; }

        public string? StateTo { get; init; }

        public string? Why { get; init; }

        public string? Thing { get; init; }

        public string? Job { get; init; }

        public byte[] Hash { get; init; } = [];
    }
}
