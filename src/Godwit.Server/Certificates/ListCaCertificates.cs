using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>ListCACertificates — GET /cacertificates, the newest first unless isAscendingOrder. No CA has a template yet, so none is listed by templateName.</summary>
public sealed class ListCaCertificates(Database database) : IOperation<ListCaCertificates.Request, ListCaCertificates.Response>
{
    public sealed record Request
    {
        public int? PageSize { get; init; }

        public string? Marker { get; init; }

        public bool? AscendingOrder { get; init; }

        public string? TemplateName { get; init; }
    }

    public sealed record Response(IReadOnlyList<CaCertificate> Certificates, string? NextMarker);

    public sealed record CaCertificate(string CertificateArn, string CertificateId, string Status, DateTimeOffset CreationDate);

    private const string OldestFirst =
        """
        SELECT certificate_id, status, created_at_ms FROM ca_certificate
        WHERE account = @Account AND (created_at_ms, certificate_id) > (@AfterMs, @AfterId)
        ORDER BY created_at_ms, certificate_id LIMIT @Limit
        """;

    private const string NewestFirst =
        """
        SELECT certificate_id, status, created_at_ms FROM ca_certificate
        WHERE account = @Account AND (created_at_ms, certificate_id) < (@AfterMs, @AfterId)
        ORDER BY created_at_ms DESC, certificate_id DESC LIMIT @Limit
        """;

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var ascending = request.AscendingOrder is true;
        if (AgeCursor.Read("ListCACertificates", request.Marker, ascending) is not { } cursor)
            return PageToken.Invalid;
        if (request.TemplateName is not null)
            return new Response([], null);
        var size = request.PageSize ?? PageToken.DefaultSize;
        var rows = await database.Read(session => session.Query<CaCertificateRow>(
            ascending ? OldestFirst : NewestFirst,
            new { caller.Account, cursor.AfterMs, cursor.AfterId, Limit = size + 1 }), ct);
        var page = PageToken.Page(cursor.List, rows, size, row => Item(caller, row), row => AgeCursor.KeyOf(row.CreatedAtMs, row.CertificateId));
        return new Response(page.Items, page.NextToken);
    }

    private static CaCertificate Item(Caller caller, CaCertificateRow row) => new(
        caller.IotArn(CaCertificateStore.Resource(row.CertificateId)), row.CertificateId, row.Status, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs));
}
