using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Journal;

/// <summary>DescribeJournal — GET /godwit/journal/head: the last record of a thing, of a job or of all; whoever waits for news asks this.</summary>
public sealed class DescribeJournal(Database database) : IOperation<DescribeJournal.Request, DescribeJournal.Response>
{
    /// <summary>At most one of the two is given.</summary>
    public sealed record Request(string? Thing, string? Job);

    /// <param name="Seq">0 where nothing is recorded.</param>
    public sealed record Response(long Seq);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var sql = request switch
        {
            { Thing: not null } => "SELECT COALESCE(MAX(seq), 0) FROM journal WHERE account = @Account AND thing = @Thing",
            { Job: not null } => "SELECT COALESCE(MAX(seq), 0) FROM journal WHERE account = @Account AND job = @Job",
            // Of all accounts: it only says that there may be news.
            _ => "SELECT COALESCE(MAX(seq), 0) FROM journal",
        };
        return new Response(await database.Read(session => session.First<long>(sql, new { caller.Account, request.Thing, request.Job }), ct));
    }
}
