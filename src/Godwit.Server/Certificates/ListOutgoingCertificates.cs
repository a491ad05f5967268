using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>ListOutgoingCertificates — GET /certificates-out-going: those that the account offers and that nobody has accepted yet, the newest offer first unless isAscendingOrder.</summary>
public sealed class ListOutgoingCertificates(Database database) : IOperation<ListOutgoingCertificates.Request, ListOutgoingCertificates.Response>
{
    public sealed record Request
    {
        public int? PageSize { get; init; }

        public string? Marker { get; init; }

        public bool? AscendingOrder { get; init; }
    }

    public sealed record Response(IReadOnlyList<OutgoingCertificate> OutgoingCertificates, string? NextMarker);

    public sealed record OutgoingCertificate(
        string CertificateArn, string CertificateId, string TransferredTo, DateTimeOffset TransferDate, string? TransferMessage, DateTimeOffset CreationDate);

    private const string Select = "SELECT * FROM certificate WHERE account = @Account AND transfer_to IS NOT NULL AND (transfer_at_ms, certificate_id)";

    private const string OldestFirst = Select + " > (@AfterMs, @AfterId) ORDER BY transfer_at_ms, certificate_id LIMIT @Limit";

    private const string NewestFirst = Select + " < (@AfterMs, @AfterId) ORDER BY transfer_at_ms DESC, certificate_id DESC LIMIT @Limit";

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var ascending = request.AscendingOrder is true;
        if (AgeCursor.Read(nameof(ListOutgoingCertificates), request.Marker, ascending) is not { } cursor)
            return PageToken.Invalid;
        var size = request.PageSize ?? PageToken.DefaultSize;
        var rows = await database.Read(session => session.Query<CertificateRow>(
            ascending ? OldestFirst : NewestFirst, new { caller.Account, cursor.AfterMs, cursor.AfterId, Limit = size + 1 }), ct);
        var page = PageToken.Page(cursor.List, rows, size, row => Item(caller, row), row => AgeCursor.KeyOf(row.TransferAtMs!.Value, row.CertificateId));
        return new Response(page.Items, page.NextToken);
    }

    private static OutgoingCertificate Item(Caller caller, CertificateRow row) => new(
        caller.IotArn("cert/" + row.CertificateId), row.CertificateId, row.TransferTo!, DateTimeOffset.FromUnixTimeMilliseconds(row.TransferAtMs!.Value), row.TransferMessage,
        DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs));
}
