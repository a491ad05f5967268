using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>ListPrincipalThings — GET /principals/things</summary>
public sealed class ListPrincipalThings(Database database) : IOperation<ListPrincipalThings.Request, ListPrincipalThings.Response>
{
    public sealed record Request
    {
        public required string Principal { get; init; }

        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }
    }

    public sealed record Response(IReadOnlyList<string> Things, string? NextToken);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var certificateId = PrincipalStore.Read(caller, request.Principal);
        if (!certificateId.IsOk)
            return Task.FromResult<Result<Response>>(certificateId.Error);
        if (!PageToken.TryRead(nameof(ListPrincipalThings), request.NextToken, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.MaxResults ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!CertificateStore.Exists(session, caller.Account, certificateId.Value))
                return CertificateErrors.NoCertificate(certificateId.Value);
            var rows = PrincipalStore.PageOfCertificate(session, caller.Account, certificateId.Value, type: null, after[0], size + 1);
            var page = PageToken.Page(
                nameof(ListPrincipalThings), rows, size,
                row => row.ThingName,
                row => [row.ThingName]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
