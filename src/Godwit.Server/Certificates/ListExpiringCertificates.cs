using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>ListExpiringCertificates — GET /godwit/certificates/expiring?days=30: ACTIVE certificates that end soon or have ended, the first to end first.</summary>
public sealed class ListExpiringCertificates(Database database, TimeProvider time) : IOperation<ListExpiringCertificates.Request, ListExpiringCertificates.Response>
{
    private const int DaysMax = 3650;
    private const int ShownMax = 50;

    /// <summary>Beyond this a number says no more than "many".</summary>
    private const int CountedMax = 100_000;

    public sealed record Request(int? Days);

    /// <param name="Count">All of them, up to a hundred thousand.</param>
    public sealed record Response(long Count, IReadOnlyList<Certificate> Certificates);

    public sealed record Certificate(string CertificateId, DateTimeOffset NotAfter, IReadOnlyList<string> Things);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var days = request.Days ?? 30;
        if (days is < 0 or > DaysMax)
            return Errors.InvalidRequest($"days must be from 0 to {DaysMax}.");
        return await database.Read(session => List(session, caller.Account, time.GetUtcNow().AddDays(days).ToUnixTimeMilliseconds()), ct);
    }

    private static Response List(ReadSession session, string account, long until)
    {
        var args = new { account, until, ShownMax, CountedMax };
        var rows = session.Query<Row>(
            "SELECT certificate_id, not_after_ms FROM certificate WHERE account = @account AND status = 'ACTIVE' AND not_after_ms < @until ORDER BY not_after_ms LIMIT @ShownMax", args);
        var count = rows.Count < ShownMax ? rows.Count : session.First<long>(
            "SELECT COUNT(*) FROM (SELECT 1 FROM certificate WHERE account = @account AND status = 'ACTIVE' AND not_after_ms < @until LIMIT @CountedMax) c", args);
        return new Response(count, [.. rows.Select(row => new Certificate(
            row.CertificateId, DateTimeOffset.FromUnixTimeMilliseconds(row.NotAfterMs),
            session.Query<string>("SELECT thing_name FROM thing_principal WHERE certificate_id = @CertificateId AND account = @account LIMIT 5", new { row.CertificateId, account })))]);
    }

    private sealed record Row
    {
        public string CertificateId { get; init; } = "";

        public long NotAfterMs { get; init; }
    }
}
