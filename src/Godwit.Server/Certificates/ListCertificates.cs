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

    // Those that another account has offered to this one stand among its own, as on AWS: that is how it learns of them.
    internal const string OldestFirst =
        """
        SELECT * FROM (SELECT certificate_id, account, status, mode, created_at_ms FROM certificate
          WHERE account = @Account AND (created_at_ms, certificate_id) > (@AfterMs, @AfterId) ORDER BY created_at_ms, certificate_id LIMIT @Limit) own
        UNION ALL SELECT * FROM (SELECT certificate_id, account, status, mode, created_at_ms FROM certificate
          WHERE transfer_to = @Account AND (created_at_ms, certificate_id) > (@AfterMs, @AfterId) ORDER BY created_at_ms, certificate_id LIMIT @Limit) offered
        ORDER BY created_at_ms, certificate_id LIMIT @Limit
        """;

    internal const string NewestFirst =
        """
        SELECT * FROM (SELECT certificate_id, account, status, mode, created_at_ms FROM certificate
          WHERE account = @Account AND (created_at_ms, certificate_id) < (@AfterMs, @AfterId) ORDER BY created_at_ms DESC, certificate_id DESC LIMIT @Limit) own
        UNION ALL SELECT * FROM (SELECT certificate_id, account, status, mode, created_at_ms FROM certificate
          WHERE transfer_to = @Account AND (created_at_ms, certificate_id) < (@AfterMs, @AfterId) ORDER BY created_at_ms DESC, certificate_id DESC LIMIT @Limit) offered
        ORDER BY created_at_ms DESC, certificate_id DESC LIMIT @Limit
        """;

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var ascending = request.AscendingOrder is true;
        if (AgeCursor.Read(nameof(ListCertificates), request.Marker, ascending) is not { } cursor)
            return PageToken.Invalid;
        var size = request.PageSize ?? PageToken.DefaultSize;
        var rows = await database.Read(session => session.Query<CertificateRow>(
            ascending ? OldestFirst : NewestFirst,
            new { caller.Account, cursor.AfterMs, cursor.AfterId, Limit = size + 1 }), ct);
        var page = PageToken.Page(cursor.List, rows, size, row => Item(caller, row), row => AgeCursor.KeyOf(row.CreatedAtMs, row.CertificateId));
        return new Response(page.Items, page.NextToken);
    }

    internal static Certificate Item(Caller caller, CertificateRow row) => new(
        Arn.Iot(caller.Region, row.Account, "cert/" + row.CertificateId).ToString(), row.CertificateId, row.Status, row.Mode, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs));
}
