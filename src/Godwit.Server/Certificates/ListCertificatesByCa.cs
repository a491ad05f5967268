using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>ListCertificatesByCA — GET /certificates-by-ca/{caCertificateId}, the newest first unless isAscendingOrder. A CA that is not there has none.</summary>
public sealed class ListCertificatesByCa(Database database) : IOperation<ListCertificatesByCa.Request, ListCertificatesByCa.Response>
{
    public sealed record Request
    {
        public required string CaCertificateId { get; init; }

        public int? PageSize { get; init; }

        public string? Marker { get; init; }

        public bool? AscendingOrder { get; init; }
    }

    public sealed record Response(IReadOnlyList<ListCertificates.Certificate> Certificates, string? NextMarker);

    private const string OldestFirst =
        """
        SELECT certificate_id, account, status, mode, created_at_ms FROM certificate
        WHERE account = @Account AND ca_certificate_id = @Ca AND (created_at_ms, certificate_id) > (@AfterMs, @AfterId)
        ORDER BY created_at_ms, certificate_id LIMIT @Limit
        """;

    private const string NewestFirst =
        """
        SELECT certificate_id, account, status, mode, created_at_ms FROM certificate
        WHERE account = @Account AND ca_certificate_id = @Ca AND (created_at_ms, certificate_id) < (@AfterMs, @AfterId)
        ORDER BY created_at_ms DESC, certificate_id DESC LIMIT @Limit
        """;

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var ca = request.CaCertificateId.ToLowerInvariant();
        var ascending = request.AscendingOrder is true;
        if (AgeCursor.Read("ListCertificatesByCA " + ca, request.Marker, ascending) is not { } cursor)
            return PageToken.Invalid;
        var size = request.PageSize ?? PageToken.DefaultSize;
        var rows = await database.Read(session => session.Query<CertificateRow>(
            ascending ? OldestFirst : NewestFirst,
            new { caller.Account, Ca = ca, cursor.AfterMs, cursor.AfterId, Limit = size + 1 }), ct);
        var page = PageToken.Page(
            cursor.List, rows, size, row => ListCertificates.Item(caller, row), row => AgeCursor.KeyOf(row.CreatedAtMs, row.CertificateId));
        return new Response(page.Items, page.NextToken);
    }
}
