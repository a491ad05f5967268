using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Journal;

/// <summary>
/// GetJournal — GET /godwit/journal?thing=…&amp;job=…: every change of a device, of a job or of all, the oldest first, or with <c>order=newest</c> the newest. A page of all
/// looks at a bounded part of the journal, so it may have fewer records than asked for and a token all the same.
/// </summary>
public sealed class GetJournal(Database database)
{
    public const int PageMax = 1000;

    /// <summary>Records of all accounts that a page without thing and job looks at.</summary>
    private const int WindowMax = 50_000;

    /// <param name="Until">As it was at this moment; null for now.</param>
    public sealed record Request(string? Thing, string? Job, int? MaxResults, string? NextToken, bool Newest = false, DateTimeOffset? Until = null);

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
        if (request.MaxResults is < 1 or > PageMax)
            return Errors.InvalidRequest($"maxResults is {request.MaxResults} and must be from 1 to {PageMax}.");
        if (!PageToken.TryRead(nameof(GetJournal), request.NextToken, 1, out var after))
            return PageToken.Invalid;
        var last = session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal");
        if (request.Until is { } until)
            last = JournalMoment.LastAt(session, last, until.ToUnixTimeMilliseconds());
        var from = after[0].Length > 0 ? long.Parse(after[0]) : (long?)null;
        // What was cut off by its age leaves no gap to walk through.
        var first = session.First<long>("SELECT COALESCE(MIN(seq), 1) FROM journal");
        var (low, high) = request.Newest ? (first, Math.Min(last, from - 1 ?? last)) : (Math.Max(first, (from ?? 0) + 1), last);
        var isAll = request is { Thing: null, Job: null };
        if (isAll)
            (low, high) = request.Newest ? (Math.Max(low, high - WindowMax + 1), high) : (low, Math.Min(high, low + WindowMax - 1));
        return Page(session, account, request, low, high, isAll && (request.Newest ? low > first : high < last));
    }

    /// <param name="goesOn">Beyond the part that is looked at there is more.</param>
    private static Response Page(ReadSession session, string account, Request request, long low, long high, bool goesOn)
    {
        var size = request.MaxResults ?? 100;
        var where = (request.Thing is null ? "" : " AND thing = @Thing") + (request.Job is null ? "" : " AND job = @Job");
        var rows = session.Query<Row>(
            $"""
            SELECT seq, at_ms, who, kind, subject, state_from, state_to, why, thing, job, hash FROM journal
            WHERE account = @account AND seq BETWEEN @low AND @high{where} ORDER BY seq {(request.Newest ? "DESC" : "")} LIMIT @limit
            """,
            new { account, request.Thing, request.Job, low, high, limit = size + 1 });
        var page = PageToken.Page(nameof(GetJournal), rows, size, Of, row => [$"{row.Seq}"]);
        var edge = goesOn ? PageToken.Of(nameof(GetJournal), $"{(request.Newest ? low : high)}") : null;
        return new Response { Records = page.Items, NextToken = page.NextToken ?? edge };
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
