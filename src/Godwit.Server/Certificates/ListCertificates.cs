using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>ListCertificates — GET /certificates, the newest first unless isAscendingOrder; with those that wait to be accepted.</summary>
public sealed class ListCertificates(Database database) : IOperation<ListCertificates.Request, ListCertificates.Response>
{
    public sealed record Request
    {
        public int? PageSize { get; init; }

        public string? Marker { get; init; }

        public bool? AscendingOrder { get; init; }
    }

    public sealed record Response(IReadOnlyList<Certificate> Certificates, string? NextMarker);

    public sealed record Certificate(string CertificateArn, string CertificateId, string Status, string CertificateMode, DateTimeOffset CreationDate);

    internal const string OldestFirst = Select + "account" + Ascending;

    internal const string NewestFirst = Select + "account" + Descending;

    private const string Select = "SELECT certificate_id, account, status, mode, created_at_ms FROM certificate WHERE ";

    private const string Ascending = " = @Account AND (created_at_ms, certificate_id) > (@AfterMs, @AfterId) ORDER BY created_at_ms, certificate_id LIMIT @Limit";

    private const string Descending = " = @Account AND (created_at_ms, certificate_id) < (@AfterMs, @AfterId) ORDER BY created_at_ms DESC, certificate_id DESC LIMIT @Limit";

    private const string OfferedOldestFirst = Select + "transfer_to" + Ascending;

    private const string OfferedNewestFirst = Select + "transfer_to" + Descending;

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var ascending = request.AscendingOrder is true;
        if (AgeCursor.Read(nameof(ListCertificates), request.Marker, ascending) is not { } cursor)
            return PageToken.Invalid;
        var size = request.PageSize ?? PageToken.DefaultSize;
        var rows = await database.Read(session => Rows(session, ascending, new { caller.Account, cursor.AfterMs, cursor.AfterId, Limit = size + 1 }, size + 1), ct);
        var page = PageToken.Page(cursor.List, rows, size, row => Item(caller, row), row => AgeCursor.KeyOf(row.CreatedAtMs, row.CertificateId));
        return new Response(page.Items, page.NextToken);
    }

    /// <summary>
    /// Those that another account has offered to this one stand among its own, as on AWS: that is how it learns of them. Each of the two is read in the order of its key.
    /// </summary>
    private static List<CertificateRow> Rows(ReadSession session, bool ascending, object args, int limit)
    {
        var own = session.Query<CertificateRow>(ascending ? OldestFirst : NewestFirst, args);
        var offered = session.Query<CertificateRow>(ascending ? OfferedOldestFirst : OfferedNewestFirst, args);
        if (offered.Count == 0)
            return own;
        own.AddRange(offered);
        own.Sort((a, b) => (ascending ? 1 : -1) * (a.CreatedAtMs.CompareTo(b.CreatedAtMs) is not 0 and var age ? age : string.CompareOrdinal(a.CertificateId, b.CertificateId)));
        return own.GetRange(0, Math.Min(limit, own.Count));
    }

    internal static Certificate Item(Caller caller, CertificateRow row) => new(
        Arn.Iot(caller.Region, row.Account, "cert/" + row.CertificateId).ToString(), row.CertificateId, row.Status, row.Mode, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs));
}
