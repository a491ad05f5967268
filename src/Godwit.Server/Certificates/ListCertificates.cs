using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>ListCertificates — GET /certificates, the newest first unless isAscendingOrder.</summary>
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

    internal const string OldestFirst =
        """
        SELECT certificate_id, status, mode, created_at_ms FROM certificate
        WHERE account = @Account AND (created_at_ms, certificate_id) > (@AfterMs, @AfterId)
        ORDER BY created_at_ms, certificate_id LIMIT @Limit
        """;

    internal const string NewestFirst =
        """
        SELECT certificate_id, status, mode, created_at_ms FROM certificate
        WHERE account = @Account AND (created_at_ms, certificate_id) < (@AfterMs, @AfterId)
        ORDER BY created_at_ms DESC, certificate_id DESC LIMIT @Limit
        """;

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var ascending = request.AscendingOrder is true;
        var list = nameof(ListCertificates) + (ascending ? "+" : "-");
        if (!PageToken.TryRead(list, request.Marker, 2, out var after))
            return PageToken.Invalid;
        var afterMs = ascending ? -1 : long.MaxValue;
        if (after[0].Length > 0 && !long.TryParse(after[0], NumberStyles.None, CultureInfo.InvariantCulture, out afterMs))
            return PageToken.Invalid;
        var size = request.PageSize ?? PageToken.DefaultSize;
        var rows = await database.Read(session => session.Query<CertificateRow>(
            ascending ? OldestFirst : NewestFirst,
            new { caller.Account, AfterMs = afterMs, AfterId = after[1], Limit = size + 1 }), ct);
        var page = PageToken.Page(
            list, rows, size, row => Item(caller, row), row => [row.CreatedAtMs.ToString(CultureInfo.InvariantCulture), row.CertificateId]);
        return new Response(page.Items, page.NextToken);
    }

    private static Certificate Item(Caller caller, CertificateRow row) => new(
        caller.IotArn("cert/" + row.CertificateId), row.CertificateId, row.Status, row.Mode, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs));
}
